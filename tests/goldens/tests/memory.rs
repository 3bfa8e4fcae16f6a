//! How much memory a damaged file can cost: a few times its length beyond what the sound model takes. A test binary of its
//! own, since it counts every allocation of the process.

#![allow(clippy::unwrap_used)] // A broken model may stop the test where it is.

mod counting;

use counting::{NOW, PEAK};
use std::sync::atomic::Ordering::Relaxed;
use wasm_chord_core::Reference;
use wasm_chord_goldens::{load, malformed};

/// Bytes beyond what was held before that loading takes at its worst.
fn peak(bytes: &[u8]) -> usize {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    drop(load(Reference, bytes, 64, 1 << 16));
    PEAK.load(Relaxed) - before
}

/// A string takes 24 bytes here beside the 8 that announce it in the file, and lists grow by doubling. An entry of the
/// metadata of 20 bytes takes a key twice, a value, and its place in two tables.
const TIMES: usize = 12;

#[test]
fn a_file_costs_a_few_times_its_length() {
    let cases = malformed::cases();
    let sound = peak(&cases[0].bytes);
    let mut worst = (0.0, String::new());
    for case in &cases {
        let (taken, len) = (peak(&case.bytes), case.bytes.len());
        assert!(taken <= sound + TIMES * len, "{}: {taken} bytes for a file of {len}", case.name);
        let times = taken.saturating_sub(sound) as f64 / len as f64;
        if times > worst.0 {
            worst = (times, case.name.clone());
        }
    }
    println!("the sound model takes {sound} bytes; the worst case {:.1} times its length more: {}", worst.0, worst.1);
}
