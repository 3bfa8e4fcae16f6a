//! Loading, the simple ops, and what is refused.

use wasm_chord_core::backend::{
    AttentionParams, Backend, BackendError, KvShape, Reference, RopeAngles, RopePairing, RopeSpec, ShortConvShape,
};
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use crate::CpuBackend;
use crate::arch::Arch;

fn cpu<A: Arch>(a: A) -> CpuBackend {
    CpuBackend::with_kernels(a.kernels())
}

pub fn weights_arrive_in_any_pieces<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(300));
    for ty in GgmlType::ALL {
        assert!(cpu.supports(ty));
        let (width, rows) = (whole(ty, 96), 21);
        let w = tensor(&mut random, ty, &[width, rows]);
        let mut want = vec![0.0; width * rows];
        block::dequantize_row(ty, &w.1, &mut want).unwrap();
        let tokens: Vec<u32> = (0..rows as u32).collect();
        for longest in [1, 2, 7, 33, 35, 100, 10_000] {
            let mut staging = cpu.begin_weight(&w.0).unwrap();
            let mut bytes = &w.1[..];
            while !bytes.is_empty() {
                let (piece, rest) = bytes.split_at(random.range(0, longest + 1).min(bytes.len()));
                cpu.write_weight(&mut staging, piece).unwrap();
                bytes = rest;
            }
            let weight = cpu.finish_weight(staging).unwrap();
            let mut got = vec![0.0; width * rows];
            cpu.embed(&weight, &tokens, &mut got).unwrap();
            assert_eq!(got, want, "{ty} in pieces of up to {longest} bytes");
        }
    }
}

pub fn weights_of_a_wrong_length_are_refused<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(301));
    for ty in GgmlType::ALL {
        let (info, bytes) = tensor(&mut random, ty, &[whole(ty, 32), 3]);
        let mut staging = cpu.begin_weight(&info).unwrap();
        cpu.write_weight(&mut staging, &bytes[..bytes.len() - 1]).unwrap();
        let too_many = cpu.write_weight(&mut staging, &[0; 2]);
        assert!(matches!(too_many, Err(BackendError::WrongLength { .. })), "{too_many:?}");
        let too_few = cpu.finish_weight(staging);
        assert!(matches!(too_few, Err(BackendError::WrongLength { .. })), "{too_few:?}");
        let lying = TensorInfo { bytes: info.bytes + 1, ..info };
        assert!(matches!(cpu.begin_weight(&lying), Err(BackendError::WrongLength { .. })));
    }
}

pub fn memory_that_is_not_there_is_an_error<A: Arch>(a: A) {
    let mut cpu = cpu(a);
    let rows = usize::MAX / 32; // More bytes than half the address space: no allocator is even asked.
    let info = |ty: GgmlType| TensorInfo {
        name: "vast".to_owned(),
        ty,
        dims: vec![whole(ty, 32), rows],
        offset: 0,
        bytes: (ty.row_bytes(whole(ty, 32)) as u64).saturating_mul(rows as u64),
    };
    for ty in GgmlType::ALL {
        let refused = cpu.begin_weight(&info(ty)).err();
        assert!(
            matches!(&refused, Some(BackendError::OutOfMemory { what, .. }) if what == "vast"),
            "{ty}: {refused:?}"
        );
    }
    assert!(matches!(cpu.buffer(usize::MAX / 4), Err(BackendError::OutOfMemory { .. })));
}

pub fn embed_gives_the_rows<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(302));
    for ty in GgmlType::ALL {
        let width = whole(ty, 64);
        let w = tensor(&mut random, ty, &[width, 50]);
        let (weight, exact) = (load(&mut cpu, &w), load(&mut Reference, &w));
        let tokens: Vec<u32> = (0..9).map(|_| random.range(0, 50) as u32).collect();
        let (mut got, mut want) = (vec![0.0; 9 * width], vec![0.0; 9 * width]);
        cpu.embed(&weight, &tokens, &mut got).unwrap();
        Reference.embed(&exact, &tokens, &mut want).unwrap();
        assert_eq!(got, want, "{ty}");
        assert!(matches!(cpu.embed(&weight, &[50], &mut got), Err(BackendError::Shape { .. })));
    }
}

pub fn vectors_of_every_type_are_norms<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(303));
    for ty in GgmlType::ALL {
        let (width, n) = (whole(ty, 96), 5);
        let w = tensor(&mut random, ty, &[width]);
        let (weight, exact) = (load(&mut cpu, &w), load(&mut Reference, &w));
        let x = random.floats(n * width);
        let (mut got, mut want) = (vec![0.0; n * width], vec![0.0; n * width]);
        cpu.rms_norm(&x, &weight, 1e-6, &mut got, n).unwrap();
        Reference.rms_norm(&x, &exact, 1e-6, &mut want, n).unwrap();
        assert_close(&got, &want, 1e-6, ty.name());
    }
}

pub fn ops_over_buffers_match_reference<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(304));
    for (heads, head_dim, n_rot, n) in [(2, 8, 8, 1), (3, 20, 20, 4), (1, 64, 32, 7), (4, 6, 4, 3)] {
        for pairing in [RopePairing::Adjacent, RopePairing::Halves] {
            let mut angles = RopeAngles::new(RopeSpec::plain(pairing, n_rot, 10_000.0));
            angles.prepare(1000, n);
            let mut got = random.floats(n * heads * head_dim);
            let mut want = got.clone();
            cpu.rope(&mut got, &angles, heads, head_dim, n).unwrap();
            Reference.rope(&mut want, &angles, heads, head_dim, n).unwrap();
            assert_close(&got, &want, 1e-6, "rope");
        }
    }
    for len in [1, 8, 13, 100] {
        let (x, y) = (random.floats(len + 2), random.floats(len + 1)); // The rest stays as it was.
        let (mut got, mut want) = (x.clone(), x.clone());
        cpu.swiglu(&mut got, &y, len).unwrap();
        Reference.swiglu(&mut want, &y, len).unwrap();
        assert_close(&got, &want, 1e-6, "swiglu");
        cpu.add(&mut got, &y, len).unwrap();
        Reference.add(&mut want, &y, len).unwrap();
        assert_close(&got, &want, 1e-6, "add");
        cpu.copy(&y, 1, &mut got, len).unwrap();
        Reference.copy(&y, 1, &mut want, len).unwrap();
        let mut read = vec![0.0; len];
        cpu.read(&got, &mut read).unwrap();
        assert_eq!(read, y[1..], "copy and read");
        assert_close(&got, &want, 1e-6, "beyond the copy");
    }
    for (width, n) in [(1, 3), (20, 1), (64, 5)] {
        let weight = tensor(&mut random, GgmlType::F32, &[width]);
        let bias = tensor(&mut random, GgmlType::F32, &[width]);
        let (ours, exact) = (load(&mut cpu, &weight), load(&mut Reference, &weight));
        let (our_bias, exact_bias) = (load(&mut cpu, &bias), load(&mut Reference, &bias));
        let x = random.floats(n * width + 1);
        let (mut got, mut want) = (x.clone(), x.clone());
        cpu.layer_norm(&x, &ours, Some(&our_bias), 1e-5, &mut got, n).unwrap();
        Reference.layer_norm(&x, &exact, Some(&exact_bias), 1e-5, &mut want, n).unwrap();
        assert_close(&got, &want, 3e-6, "layer_norm");
        cpu.rms_norm_in_place(&mut got, &ours, 1e-5, n).unwrap();
        Reference.rms_norm_in_place(&mut want, &exact, 1e-5, n).unwrap();
        assert_close(&got, &want, 3e-6, "rms_norm_in_place");
        cpu.add_bias(&mut got, &our_bias, n).unwrap();
        Reference.add_bias(&mut want, &exact_bias, n).unwrap();
        assert_close(&got, &want, 3e-6, "add_bias");
        let len = n * width;
        cpu.scale(&mut got, 1.5, len).unwrap();
        Reference.scale(&mut want, 1.5, len).unwrap();
        cpu.softcap(&mut got, 3.0, len).unwrap();
        Reference.softcap(&mut want, 3.0, len).unwrap();
        cpu.gelu(&mut got, len).unwrap();
        Reference.gelu(&mut want, len).unwrap();
        cpu.geglu(&mut got, &x, len).unwrap();
        Reference.geglu(&mut want, &x, len).unwrap();
        assert_close(&got, &want, 1e-5, "scale, softcap, gelu, geglu");
    }
    let mut nothing = Vec::new();
    cpu.swiglu(&mut nothing, &Vec::new(), 0).unwrap();
    cpu.read(&nothing, &mut []).unwrap();
}

pub fn short_conv_matches_reference<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(306));
    for (width, taps, rows) in [(1, 1, 1), (20, 3, 3), (20, 3, 50), (9, 4, 7)] {
        let shape = ShortConvShape { width, taps, rows };
        let kernel = tensor(&mut random, GgmlType::F32, &[width * taps]);
        let (ours, exact) = (load(&mut cpu, &kernel), load(&mut Reference, &kernel));
        let mut history = (vec![9.0; rows * width], vec![9.0; rows * width]); // What was before position 0 is not read.
        let mut pos = 0;
        for n in [1, 1, 2, 5, 1, 30, 1] {
            let bcx = random.floats(n * 3 * width);
            let (mut got, mut want) = (vec![0.0; n * width], vec![0.0; n * width]);
            cpu.short_conv(&bcx, &ours, &mut history.0, &mut got, shape, pos, n).unwrap();
            Reference.short_conv(&bcx, &exact, &mut history.1, &mut want, shape, pos, n).unwrap();
            assert_close(&got, &want, 1e-5, "short_conv");
            assert_eq!(history.0, history.1);
            pos += n;
        }
        let refused = cpu.short_conv(&vec![0.0; 3 * width], &ours, &mut vec![0.0], &mut vec![0.0; width], shape, 0, 1);
        assert_eq!(refused.is_err(), rows * width != 1);
    }
}

pub fn rows_are_gathered_and_scattered<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(307));
    let (width, rows) = (5, [3, 0, 3]);
    let x = random.floats(4 * width);
    let mut got = vec![0.0; 3 * width];
    cpu.gather(&x, &rows, width, &mut got).unwrap();
    assert_eq!(got, [&x[15..20], &x[..5], &x[15..20]].concat());
    let (mut ours, mut exact) = (x.clone(), x.clone());
    cpu.scatter_add(&got, &rows, &[0.5, 2.0, -1.0], width, &mut ours).unwrap();
    Reference.scatter_add(&got, &rows, &[0.5, 2.0, -1.0], width, &mut exact).unwrap();
    assert_eq!(ours, exact);
    assert!(cpu.gather(&x, &[4], width, &mut got).is_err());
    assert!(cpu.scatter_add(&got, &[4], &[1.0], width, &mut ours).is_err());
    assert!(cpu.scatter_add(&got, &[0], &[], width, &mut ours).is_err());
}

pub fn misfits_are_errors<A: Arch>(a: A) {
    let (mut cpu, mut random) = (cpu(a), Random::new(305));
    let matrix = load(&mut cpu, &tensor(&mut random, GgmlType::Q8_0, &[32, 4]));
    let vector = load(&mut cpu, &tensor(&mut random, GgmlType::F32, &[32]));
    let (x, mut short, mut out) = (vec![1.0; 64], vec![0.0; 3], vec![0.0; 64]);
    let mut angles = RopeAngles::new(RopeSpec::plain(RopePairing::Halves, 8, 10_000.0));
    angles.prepare(0, 2);
    let shape = KvShape { capacity: 4, n_kv_heads: 1, head_dim: 8 };
    let mut cache = cpu.kv_cache(shape).unwrap();
    cpu.kv_write(&mut cache, &x, &x, 0, 4).unwrap();
    let p = AttentionParams {
        n_heads: 2,
        n_kv_heads: 1,
        head_dim: 8,
        scale: 1.0,
        window: None,
        softcap: None,
        causal: true,
    };
    let results = [
        cpu.embed(&matrix, &[0], &mut short),
        cpu.embed(&vector, &[0], &mut out),
        cpu.rms_norm(&x, &vector, 0.0, &mut short, 1),
        cpu.rms_norm(&x, &vector, 0.0, &mut out, 3),
        cpu.rms_norm(&x, &vector, 0.0, &mut out, usize::MAX),
        cpu.rms_norm(&x, &matrix, 0.0, &mut out, 1),
        cpu.matmul(&x, 1, &mut [(&matrix, &mut short)]),
        cpu.matmul(&x, 3, &mut [(&matrix, &mut out)]),
        cpu.matmul(&x, usize::MAX / 2, &mut [(&matrix, &mut out)]),
        cpu.matmul(&x, 1, &mut [(&vector, &mut out)]),
        cpu.rope(&mut short, &angles, 1, 8, 1),
        cpu.rope(&mut out, &angles, 1, 8, 3),
        cpu.rope(&mut out, &angles, 1, 4, 1),
        cpu.rope(&mut out, &angles, 0, 8, 1),
        cpu.kv_write(&mut cache, &short, &x, 0, 1),
        cpu.kv_write(&mut cache, &x, &x, 4, 1),
        cpu.attention(&x, &cache, &p, &mut short, 0, 1),
        cpu.attention(&x, &cache, &p, &mut out, 4, 1),
        cpu.attention(&x, &cache, &AttentionParams { n_kv_heads: 0, ..p }, &mut out, 0, 1),
        cpu.attention(&x, &cache, &AttentionParams { head_dim: 4, ..p }, &mut out, 0, 1),
        cpu.attention(&x, &cache, &AttentionParams { window: Some(0), ..p }, &mut out, 0, 1),
        cpu.swiglu(&mut short, &x, 4),
        cpu.add(&mut short, &x, 4),
        cpu.copy(&x, 60, &mut out, 5),
        cpu.copy(&x, usize::MAX, &mut out, 5),
        cpu.copy(&x, 0, &mut short, 4),
        cpu.read(&short, &mut [0.0; 4]),
    ];
    for (i, result) in results.iter().enumerate() {
        assert!(matches!(result, Err(BackendError::Shape { .. })), "case {i}: {result:?}");
    }
    assert!(cpu.kv_cache(KvShape { head_dim: 0, ..shape }).is_err());
}
