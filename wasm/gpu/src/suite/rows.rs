//! Rows and elements that move, and the convolution over them.

use wasm_chord_core::backend::{Backend, Reference, ShortConvShape};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use super::{base, get, put};

pub async fn embed_gives_the_rows() {
    let mut random = Random::new(30);
    for mut gpu in base().await {
        for ty in GgmlType::ALL {
            let width = whole(ty, 64);
            let w = tensor(&mut random, ty, &[width, 50]);
            let (weight, exact) = (load(&mut gpu, &w), load(&mut Reference, &w));
            let tokens: Vec<u32> = (0..9).map(|_| random.range(0, 50) as u32).collect();
            let (mut got, mut want) = (gpu.buffer(9 * width).unwrap(), vec![0.0; 9 * width]);
            gpu.embed(&weight, &tokens, &mut got).unwrap();
            Reference.embed(&exact, &tokens, &mut want).unwrap();
            assert_close(&get(&mut gpu, &got).await, &want, 1e-6, ty.name());
        }
    }
}

pub async fn rows_are_gathered_and_scattered() {
    let mut random = Random::new(31);
    for mut gpu in base().await {
        for (width, rows) in
            [(5, vec![3, 0, 3]), (70, vec![1]), (64, (0..64).map(|i| i * 7 % 4).collect()), (3, vec![])]
        {
            let x = random.floats(4 * width);
            let factors = random.floats(rows.len());
            let (input, mut got) = (put(&mut gpu, &x), gpu.buffer(rows.len() * width).unwrap());
            let mut want = vec![0.0; rows.len() * width];
            gpu.gather(&input, &rows, width, &mut got).unwrap();
            Reference.gather(&x, &rows, width, &mut want).unwrap();
            assert_eq!(get(&mut gpu, &got).await, want);
            let (mut ours, mut exact) = (put(&mut gpu, &x), x.clone());
            gpu.scatter_add(&got, &rows, &factors, width, &mut ours).unwrap();
            Reference.scatter_add(&want, &rows, &factors, width, &mut exact).unwrap();
            assert_close(&get(&mut gpu, &ours).await, &exact, 1e-5, "scatter_add");
        }
    }
}

pub async fn elements_are_copied() {
    let mut random = Random::new(32);
    for mut gpu in base().await {
        let x = random.floats(300);
        let (src, mut dst) = (put(&mut gpu, &x), put(&mut gpu, &[9.0; 100]));
        gpu.copy(&src, 123, &mut dst, 99).unwrap();
        let mut want = x[123..222].to_vec();
        want.push(9.0);
        assert_eq!(get(&mut gpu, &dst).await, want);
    }
}

pub async fn short_conv_matches_the_reference() {
    let mut random = Random::new(33);
    for mut gpu in base().await {
        for (width, taps, rows) in [(1, 1, 1), (20, 3, 3), (20, 3, 50), (9, 4, 7), (100, 3, 259)] {
            let shape = ShortConvShape { width, taps, rows };
            let kernel = tensor(&mut random, GgmlType::F32, &[width * taps]);
            let (ours, exact) = (load(&mut gpu, &kernel), load(&mut Reference, &kernel));
            // What was before position 0 is not read.
            let mut history = (put(&mut gpu, &vec![9.0; rows * width]), vec![9.0; rows * width]);
            let mut pos = 0;
            for n in [1, 1, 2, 5, 1, 30, 1] {
                let bcx = random.floats(n * 3 * width);
                let (input, mut got, mut want) =
                    (put(&mut gpu, &bcx), gpu.buffer(n * width).unwrap(), vec![0.0; n * width]);
                gpu.short_conv(&input, &ours, &mut history.0, &mut got, shape, pos, n).unwrap();
                Reference.short_conv(&bcx, &exact, &mut history.1, &mut want, shape, pos, n).unwrap();
                assert_close(&get(&mut gpu, &got).await, &want, 1e-5, "short_conv");
                assert_close(&get(&mut gpu, &history.0).await, &history.1, 1e-6, "its history");
                pos += n;
            }
        }
    }
}
