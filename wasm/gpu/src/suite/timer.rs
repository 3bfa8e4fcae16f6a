//! Times of kernels: which ran, how often, and that each took time.

use wasm_chord_core::Backend;

use super::{base, put};

pub async fn a_timer_tells_kernels_apart() {
    for mut gpu in base().await {
        let len = 1 << 20;
        let mut x = put(&mut gpu, &vec![0.0; len]);
        let mut folded = gpu.buffer(len / 64).unwrap();
        // What was queued before does not count.
        gpu.scale(&mut x, 2.0, 16).unwrap();
        assert!(gpu.start_timer(), "lavapipe has timestamps");
        let moved = 4 * (len + len / 64) as u64;
        for _ in 0..3 {
            assert_eq!(gpu.read_all(&x, &mut folded).unwrap(), moved);
        }
        gpu.read(&x, &mut [0.0]).unwrap();
        // More than one submission takes.
        for _ in 0..2000 {
            gpu.add(&mut folded, &x, 16).unwrap();
        }
        let times = gpu.stop_timer();
        let mut told: Vec<_> = times.iter().map(|time| (time.kernel.as_str(), time.calls, time.bytes)).collect();
        told.sort_unstable();
        assert_eq!(told, [("Pairwise(Add)", 2000, 2000 * 3 * 64), ("ReadAll", 3, 3 * moved)]);
        assert!(times.iter().all(|time| time.ms > 0.0), "{times:?}");
        gpu.scale(&mut x, 2.0, 16).unwrap();
        assert_eq!(gpu.stop_timer(), []);
    }
}
