//! A convolution remembers only the last positions: an answer that goes back further has to begin again, and says the
//! same as one that never did.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use wasm_chord_core::Reference;
use wasm_chord_goldens::{fixtures, load};
use wasm_chord_runtime::{Error, argmax};

/// As many tokens, all different enough that a wrong memory shows.
fn tokens(n: usize, seed: usize) -> Vec<u32> {
    (0..n).map(|i| ((i * 7919 + seed * 131 + i * i % 61) % 300) as u32).collect()
}

#[test]
fn a_sequence_is_taken_up_again_as_far_back_as_it_is_remembered() {
    let Some(fixtures) = fixtures() else { return };
    let gguf = std::fs::read(fixtures.join("arch/lfm2-f32.gguf")).unwrap();
    let mut session = load(Reference, &gguf, 1024, 1 << 16).unwrap();
    let model = session.model_mut();
    let (first, other) = (tokens(400, 1), tokens(20, 2));

    // What a fresh sequence gives after the first `n` tokens and then the others.
    let mut fresh = load(Reference, &gguf, 1024, 1 << 16).unwrap();
    let mut expected = |n: usize| fresh.model_mut().forward(&[&first[..n], &other].concat(), 0).unwrap();

    model.forward(&first, 0).unwrap();
    for back in [1, 3, 200] {
        let n = first.len() - back;
        assert_eq!(model.resumable(n), n);
        assert_eq!(model.forward(&other, n).unwrap(), expected(n), "{back} back");
        model.forward(&first[n..], n).unwrap();
    }

    // 257 back from the furthest position is one too many: from there it cannot go on, but from the start it can.
    let too_far = 419 - 257;
    assert_eq!(model.resumable(too_far), 0);
    assert!(matches!(model.forward(&other, too_far), Err(Error::BadRequest { .. })));
    let again = [&first[..too_far], &other].concat();
    assert_eq!(model.forward(&again, 0).unwrap(), expected(too_far));
    assert!(argmax(&expected(too_far)).is_ok());
}
