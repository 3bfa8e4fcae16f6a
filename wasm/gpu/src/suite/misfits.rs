//! What does not fit is an error, and nothing is queued of it.

use wasm_chord_core::backend::{
    Activation, AttentionParams, Backend, BackendError, KvShape, RopeAngles, RopePairing, RopeSpec, ShortConvShape,
    Unnormed,
};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor};

use super::{base, put};

pub async fn misfits_are_errors() {
    let mut random = Random::new(40);
    for mut gpu in base().await {
        let matrix = load(&mut gpu, &tensor(&mut random, GgmlType::Q8_0, &[32, 4]));
        let vector = load(&mut gpu, &tensor(&mut random, GgmlType::F32, &[32]));
        let x = put(&mut gpu, &[1.0; 64]);
        let (mut short, mut out) = (gpu.buffer(3).unwrap(), gpu.buffer(64).unwrap());
        let mut angles = RopeAngles::new(RopeSpec::plain(RopePairing::Halves, 8, 10_000.0));
        angles.prepare(0, 2);
        let shape = KvShape { capacity: 4, n_kv_heads: 1, head_dim: 8 };
        let mut cache = gpu.kv_cache(shape).unwrap();
        gpu.kv_write(&mut cache, &x, &x, 0, 4).unwrap();
        let p = AttentionParams {
            n_heads: 2,
            n_kv_heads: 1,
            head_dim: 8,
            scale: 1.0,
            window: None,
            softcap: None,
            causal: true,
        };
        let conv = ShortConvShape { width: 1, taps: 3, rows: 3 };
        let two_heads = AttentionParams { n_kv_heads: 2, ..p };
        let mut other = gpu.buffer(64).unwrap();
        let (wide, mut spare) = (load(&mut gpu, &tensor(&mut random, GgmlType::F32, &[33])), gpu.buffer(64).unwrap());
        macro_rules! unnormed {
            ($weight:expr) => {
                Unnormed { x: &x, weight: $weight, eps: 0.0, spare: &mut spare }
            };
        }
        let before = gpu.stats();
        let results = [
            gpu.embed(&matrix, &[0], &mut short),
            gpu.embed(&matrix, &[4], &mut out),
            gpu.embed(&vector, &[0], &mut out),
            gpu.rms_norm(&x, &vector, 0.0, &mut short, 1),
            gpu.rms_norm(&x, &vector, 0.0, &mut out, 3),
            gpu.rms_norm(&x, &vector, 0.0, &mut out, usize::MAX),
            gpu.rms_norm(&x, &matrix, 0.0, &mut out, 1),
            gpu.matmul(&x, 1, &mut [(&matrix, &mut short)]),
            gpu.matmul(&x, 3, &mut [(&matrix, &mut out)]),
            gpu.matmul(&x, usize::MAX / 2, &mut [(&matrix, &mut out)]),
            gpu.matmul(&x, 1, &mut [(&vector, &mut out)]),
            gpu.matmul_add(&x, 1, &matrix, &mut short, 4, &mut out),
            gpu.matmul_add(&x, 1, &vector, &mut out, 4, &mut short),
            gpu.gated(&x, 1, [&matrix, &matrix], Activation::Silu, [&mut short, &mut out], 4),
            gpu.gated(&x, 1, [&vector, &matrix], Activation::Silu, [&mut out, &mut short], 4),
            gpu.norm_matmul(unnormed!(&vector), 1, &mut [(&matrix, &mut short)]),
            gpu.norm_matmul(unnormed!(&wide), 1, &mut [(&matrix, &mut out)]),
            gpu.norm_matmul(unnormed!(&matrix), 1, &mut [(&matrix, &mut out)]),
            gpu.norm_matmul(unnormed!(&vector), 3, &mut [(&matrix, &mut out)]),
            gpu.norm_gated(unnormed!(&wide), 1, [&matrix; 2], Activation::Silu, [&mut out, &mut short], 4),
            gpu.rope(&mut short, &angles, 1, 8, 1),
            gpu.rope(&mut out, &angles, 1, 8, 3),
            gpu.rope(&mut out, &angles, 1, 4, 1),
            gpu.rope(&mut out, &angles, 0, 8, 1),
            gpu.kv_write(&mut cache, &short, &x, 0, 1),
            gpu.kv_write(&mut cache, &x, &x, 4, 1),
            gpu.rope_kv_write(&mut out, &mut short, &x, Some(&angles), &mut cache, &p, 0, 1),
            gpu.rope_kv_write(&mut short, &mut out, &x, Some(&angles), &mut cache, &p, 0, 1),
            gpu.rope_kv_write(&mut out, &mut other, &x, Some(&angles), &mut cache, &p, 3, 2),
            gpu.rope_kv_write(&mut out, &mut other, &x, Some(&angles), &mut cache, &two_heads, 0, 1),
            gpu.attention(&x, &cache, &p, &mut short, 0, 1),
            gpu.attention(&x, &cache, &p, &mut out, 4, 1),
            gpu.attention(&x, &cache, &AttentionParams { n_kv_heads: 0, ..p }, &mut out, 0, 1),
            gpu.attention(&x, &cache, &AttentionParams { head_dim: 4, ..p }, &mut out, 0, 1),
            gpu.attention(&x, &cache, &AttentionParams { window: Some(0), ..p }, &mut out, 0, 1),
            gpu.swiglu(&mut short, &x, 4),
            gpu.add(&mut short, &x, 4),
            gpu.copy(&x, 60, &mut out, 5),
            gpu.copy(&x, usize::MAX, &mut out, 5),
            gpu.copy(&x, 0, &mut short, 4),
            gpu.gather(&x, &[8], 8, &mut out),
            gpu.scatter_add(&x, &[8], &[1.0], 8, &mut out),
            gpu.scatter_add(&x, &[0], &[], 8, &mut out),
            gpu.short_conv(&x, &vector, &mut short, &mut out, conv, 0, 1),
            gpu.read_async(&short, &mut [0.0; 4]).await,
        ];
        for (i, result) in results.iter().enumerate() {
            assert!(matches!(result, Err(BackendError::Shape { .. })), "case {i}: {result:?}");
        }
        assert_eq!(gpu.stats(), before);
        assert!(gpu.kv_cache(KvShape { head_dim: 0, ..shape }).is_err());
        let wide = KvShape { head_dim: 600, ..shape };
        let mut cache = gpu.kv_cache(wide).unwrap();
        let (row, mut out) = (put(&mut gpu, &[1.0; 600]), gpu.buffer(600).unwrap());
        gpu.kv_write(&mut cache, &row, &row, 0, 1).unwrap();
        let wide = AttentionParams { n_heads: 1, head_dim: 600, ..p };
        let refused = gpu.attention(&row, &cache, &wide, &mut out, 0, 1);
        assert!(matches!(refused, Err(BackendError::Shape { .. })), "{refused:?}");
    }
}
