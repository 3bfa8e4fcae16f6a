//! The three things a newcomer tries: make a model, run it, take the likeliest token.

use wasm_chord_runtime::{Error, Model, TransformerConfig};

fn config() -> TransformerConfig {
    TransformerConfig {
        vocab_size: 256,
        hidden_size: 128,
        num_layers: 2,
        num_heads: 8,
        num_kv_heads: 4,
        intermediate_size: 256,
        max_seq_len: 512,
        rms_norm_eps: 1e-5,
        rope_theta: 10000.0,
    }
}

#[test]
fn model_creation() {
    let model = Model::new(config());
    assert_eq!(model.config, config());
    assert_eq!(model.layers.len(), 2);
    assert_eq!(model.kv_caches.len(), 2);
}

#[test]
fn forward_pass() {
    let mut model = Model::new(config());
    let tokens = vec![42u32];
    let logits = model.forward(&tokens, 0).expect("a valid configuration runs");
    assert_eq!(logits.len(), 256);
    assert!(logits.iter().all(|logit| logit.is_finite()));
    let mean = logits.iter().sum::<f32>() / 256.0;
    let variance = logits.iter().map(|logit| (logit - mean).powi(2)).sum::<f32>() / 256.0;
    assert!((0.1..10.0).contains(&variance), "the weights are random, not zero: variance {variance}");
}

#[test]
fn greedy_sample_finds_the_peak() {
    let model = Model::new(config());
    let mut logits = vec![0.0; 256];
    logits[100] = 5.0;
    assert_eq!(model.sample(&logits, 0.0, 1.0, 0).unwrap(), 100);
    assert_eq!(model.sample(&logits, 1.0, 1.0, 1).unwrap(), 100, "the likeliest one of one");
    assert!(matches!(model.sample(&logits, -1.0, 1.0, 0), Err(Error::BadRequest { .. })));
}

/// One pass, a pass per token, and passes of odd lengths must leave the same cache behind.
#[test]
fn positions_may_be_fed_in_any_pieces() {
    let tokens: Vec<u32> = (0..150).map(|i| (i * 37 + 11) % 256).collect();
    let mut model = Model::new(config());
    let whole = model.forward(&tokens, 0).unwrap();
    for step in [1, 7, 64, 65, 149] {
        model.reset();
        let mut last = Vec::new();
        for (i, piece) in tokens.chunks(step).enumerate() {
            last = model.forward(piece, i * step).unwrap();
        }
        let worst = whole.iter().zip(&last).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "pieces of {step} differ by {worst}");
    }
    let all = model.forward_all(&tokens, 0).unwrap();
    assert_eq!(all.len(), 150 * 256);
    assert_eq!(&all[149 * 256..], &whole[..]);
    // Going back overwrites what follows.
    model.forward(&tokens[..100], 0).unwrap();
    let again = model.forward(&tokens[100..], 100).unwrap();
    assert!(whole.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn bad_input_is_an_error_and_the_model_goes_on() {
    let mut model = Model::new(config());
    let good = model.forward(&[1, 2, 3], 0).unwrap();
    assert!(matches!(model.forward(&[], 0), Err(Error::BadRequest { .. })));
    assert!(matches!(model.forward(&[256], 0), Err(Error::BadRequest { .. })));
    assert!(matches!(model.forward(&[1], 9), Err(Error::BadRequest { .. })), "a gap");
    assert!(matches!(model.forward(&[0; 513], 0), Err(Error::ContextFull { needed: 513, context: 512 })));
    assert_eq!(model.forward(&[1, 2, 3], 0).unwrap(), good);
}

#[test]
fn a_configuration_that_cannot_be_says_why() {
    type Change = fn(&mut TransformerConfig);
    let broken: [(Change, &str); 6] = [
        (|c| c.num_heads = 0, "num_heads"),
        (|c| c.num_kv_heads = 3, "num_kv_heads"),
        (|c| c.hidden_size = 129, "hidden_size"),
        (|c| c.vocab_size = usize::MAX, "vocab_size"),
        (|c| c.rms_norm_eps = f32::NAN, "rms_norm_eps"),
        (|c| c.num_layers = 1 << 40, "num_layers"),
    ];
    for (change, field) in broken {
        let mut config = config();
        change(&mut config);
        let error = Model::new(config).forward(&[0], 0).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
}
