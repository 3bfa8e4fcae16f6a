//! Block types against the `gguf` package's own packing and unpacking, bit for bit (`data/make_blocks.py`,
//! `data/make_unpacking.py`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

use serde_json::Value as Json;
use wasm_chord_core::block::{
    Block, BlockError, BlockQ4_0, BlockQ4_1, BlockQ5_0, BlockQ5_1, BlockQ8_0, dequantize_row, quantize_row,
};
use wasm_chord_core::gguf::GgmlType;

/// The types that can be written.
const WRITABLE: [GgmlType; 8] = [
    GgmlType::F32,
    GgmlType::F16,
    GgmlType::BF16,
    GgmlType::Q8_0,
    GgmlType::Q4_0,
    GgmlType::Q4_1,
    GgmlType::Q5_0,
    GgmlType::Q5_1,
];

fn bytes(hex: &Json) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn floats(hex: &Json) -> Vec<f32> {
    bytes(hex).as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn pack_and_unpack_as_the_reference_does() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("data/blocks.json")).unwrap();
    assert_eq!(cases.len(), 10);
    for case in &cases {
        let weights = floats(&case["weights"]);
        for ty in WRITABLE {
            let golden = &case["types"][ty.name()];
            let packed = quantize_row(ty, &weights).unwrap();
            assert_eq!(packed, bytes(&golden["packed"]), "{ty} of {}", case["name"]);
            let mut unpacked = vec![f32::NAN; weights.len()];
            dequantize_row(ty, &packed, &mut unpacked).unwrap();
            assert_eq!(bits(&unpacked), bits(&floats(&golden["unpacked"])), "{ty} of {}", case["name"]);
        }
    }
}

#[test]
fn every_quantised_type_unpacks_as_the_reference_does() {
    let goldens: Json = serde_json::from_str(include_str!("data/unpacking.json")).unwrap();
    let quantised = GgmlType::ALL.into_iter().filter(|ty| ty.block_len() > 1);
    assert_eq!(goldens.as_object().unwrap().len(), quantised.clone().count());
    for ty in quantised {
        for (i, golden) in goldens[ty.name()].as_array().unwrap().iter().enumerate() {
            let mut unpacked = vec![f32::NAN; ty.block_len()];
            dequantize_row(ty, &bytes(&golden["packed"]), &mut unpacked).unwrap();
            assert_eq!(bits(&unpacked), bits(&floats(&golden["unpacked"])), "{ty}, block {i}");
        }
    }
}

#[test]
fn types_without_a_quantiser_say_so() {
    for ty in GgmlType::ALL {
        match quantize_row(ty, &vec![0.5; ty.block_len()]) {
            Ok(packed) => assert!(WRITABLE.contains(&ty) && packed.len() == ty.block_bytes()),
            Err(error) => assert!(!WRITABLE.contains(&ty) && error == BlockError::NoQuantizer { ty }, "{error}"),
        }
    }
}

#[test]
fn rows_have_to_be_whole_blocks() {
    for ty in GgmlType::ALL {
        let len = ty.block_len() * 2;
        let packed = vec![0; ty.block_bytes() * 2];
        let mut out = vec![0.0; len];
        assert_eq!(dequantize_row(ty, &packed, &mut out), Ok(()));
        let short = dequantize_row(ty, &packed[1..], &mut out);
        assert_eq!(short, Err(BlockError::WrongLength { ty, weights: len, bytes: packed.len() - 1 }));
        assert!(dequantize_row(ty, &packed, &mut out[1..]).is_err());
        assert_eq!(dequantize_row(ty, &[], &mut []), Ok(()));
    }
    assert!(quantize_row(GgmlType::Q4_0, &[0.0; 33]).is_err());
    assert!(quantize_row(GgmlType::Q8_0, &[0.0; 31]).is_err());
}

#[test]
fn odd_weights_do_not_panic() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 1e-45];
    for first in odd {
        let row: Vec<f32> = odd.iter().copied().cycle().take(32).chain([first; 32]).collect();
        for ty in WRITABLE {
            let packed = quantize_row(ty, &row).unwrap();
            dequantize_row(ty, &packed, &mut vec![0.0; row.len()]).unwrap();
        }
    }
}

#[test]
fn blocks_are_their_bytes() {
    let mut raw = [0; 34];
    raw.iter_mut().zip(0x80..).for_each(|(byte, value)| *byte = value);
    assert_eq!(BlockQ8_0::from_bytes(&raw).to_bytes(), raw);
    assert_eq!(BlockQ4_0::from_bytes(&raw).to_bytes(), raw[..18]);
    assert_eq!(BlockQ4_1::from_bytes(&raw).to_bytes(), raw[..20]);
    assert_eq!(BlockQ5_0::from_bytes(&raw).to_bytes(), raw[..22]);
    assert_eq!(BlockQ5_1::from_bytes(&raw).to_bytes(), raw[..24]);
}
