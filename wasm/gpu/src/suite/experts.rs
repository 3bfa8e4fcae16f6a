//! Mixtures of experts: what is chosen, and what comes of it.

use wasm_chord_core::backend::{Activation, Backend, BackendError, Gating, Mixture, Reference, Routing};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use super::{base, every_tier, get, narrow, put, types_of_few};
use crate::{Format, GpuBackend, Tier};

const SOFTMAX: Routing = Routing { gating: Gating::Softmax, normalise: true, scale: 1.0 };

/// A mixture to be made up.
#[derive(Clone, Copy, Debug)]
struct Case {
    experts: usize,
    used: usize,
    hidden: usize,
    ffn: usize,
    n: usize,
    types: [GgmlType; 3], // of gates, of their partners, and of what follows
    routing: Routing,
    biased: bool,
    activation: Activation,
}

impl Case {
    /// Of one type, with widths of whole blocks.
    fn of(ty: GgmlType, experts: usize, used: usize, n: usize) -> Self {
        let (hidden, ffn) = (whole(ty, 64), whole(ty, 96));
        let (types, routing, activation) = ([ty; 3], SOFTMAX, Activation::Silu);
        Self { experts, used, hidden, ffn, n, types, routing, biased: false, activation }
    }

    /// Tensors of its stacks: gates, partners, and what follows.
    fn stacks(&self, random: &mut Random) -> [(TensorInfo, Vec<u8>); 3] {
        let Self { experts, hidden, ffn, types: [gate, up, down], .. } = *self;
        [
            tensor(random, gate, &[hidden, ffn, experts]),
            tensor(random, up, &[hidden, ffn, experts]),
            tensor(random, down, &[ffn, hidden, experts]),
        ]
    }
}

/// A mixture's weights in a backend.
struct Loaded<B: Backend> {
    router: B::Weight,
    gate: B::Weight,
    up: B::Weight,
    down: B::Weight,
}

impl<B: Backend> Loaded<B> {
    fn new(b: &mut B, router: &(TensorInfo, Vec<u8>), stacks: &[(TensorInfo, Vec<u8>); 3]) -> Self {
        let [gate, up, down] = stacks.each_ref().map(|w| load(b, w));
        Self { router: load(b, router), gate, up, down }
    }

    fn mixture<'a>(&'a self, case: &Case, bias: Option<&'a [f32]>) -> Mixture<'a, B::Weight> {
        let Self { router, gate, up, down } = self;
        let Case { experts, used, routing, activation, .. } = *case;
        Mixture { router, bias, gate, up, down, experts, used, routing, activation }
    }
}

/// Fails unless a mixture is the reference's, to within so much of a token's greatest result.
async fn check(gpu: &mut GpuBackend, random: &mut Random, case: Case) {
    let Case { experts, hidden, ffn, n, .. } = case;
    // So small that what random K-quants make of it is no more than an f16 takes.
    let x: Vec<f32> = random.floats(n * hidden).iter().map(|x| x / 64.0).collect();
    let before = random.floats(n * hidden);
    let router = tensor(random, GgmlType::F32, &[hidden, experts]);
    let stacks = case.stacks(random);
    let bias = case.biased.then(|| random.floats(experts));
    let (ours, exact) = (Loaded::new(gpu, &router, &stacks), Loaded::new(&mut Reference, &router, &stacks));
    let (ours, exact) = (ours.mixture(&case, bias.as_deref()), exact.mixture(&case, bias.as_deref()));
    let input = put(gpu, &x);
    let mut logits = gpu.buffer(n * experts).unwrap();
    let halves = gpu.capabilities().target.tier.f16 && case.types.iter().any(|ty| Format::of(*ty).is_quantized());
    let tolerance = if halves && (n > 8 || case.types[0] != case.types[1]) { 4e-3 } else { 1e-5 };
    for add in [false, true] {
        let mut got = put(gpu, &before);
        gpu.mixture(&input, n, &ours, &mut logits, &mut got, add).unwrap();
        let (mut want, mut probabilities) = (before.clone(), vec![0.0; n * experts]);
        Reference.mixture(&x, n, &exact, &mut probabilities, &mut want, add).unwrap();
        let got = get(gpu, &got).await;
        for (i, (got, want)) in got.chunks(hidden).zip(want.chunks(hidden)).enumerate() {
            let size = want.iter().fold(1e-2f32, |size, x| size.max(x.abs()));
            for (j, (got, want)) in got.iter().zip(want).enumerate() {
                // Not `>`: a NaN must fail.
                let close = (got - want).abs() <= tolerance * size;
                assert!(
                    close,
                    "{case:?}, ffn {ffn}, token {i}, element {j}: {got} for {want}, within {size} × {tolerance}"
                );
            }
        }
    }
}

/// A type for each format.
const TYPES: [GgmlType; 8] = [
    GgmlType::F32,
    GgmlType::F16,
    GgmlType::BF16,
    GgmlType::Q8_0,
    GgmlType::Q5_1,
    GgmlType::Q4_0,
    GgmlType::Q4_K,
    GgmlType::Q6_K,
];

pub async fn mixtures_of_every_format() {
    let mut random = Random::new(90);
    assert_eq!(TYPES.map(Format::of), Format::ALL);
    for mut gpu in every_tier().await {
        let (few, tier) = (types_of_few(&gpu), gpu.capabilities().target.tier);
        for ty in TYPES {
            if few.contains(&ty) {
                check(&mut gpu, &mut random, Case::of(ty, 5, 2, 1)).await;
            }
            // Tiles are what they are in the least tier, or f16.
            if tier == Tier::BASE || tier.f16 {
                check(&mut gpu, &mut random, Case::of(ty, 5, 2, 20)).await;
            }
        }
        // Gates and partners that lie differently, for few tokens too; and widths that fill no unit.
        let mixed = [GgmlType::Q4_0, GgmlType::Q8_0, GgmlType::Q8_0];
        for n in [1, 20] {
            check(&mut gpu, &mut random, Case { types: mixed, ..Case::of(GgmlType::Q8_0, 4, 2, n) }).await;
            check(&mut gpu, &mut random, Case { hidden: 37, ffn: 50, ..Case::of(GgmlType::F16, 4, 3, n) }).await;
        }
        for units in [8, 16, 64] {
            check(&mut gpu, &mut random, Case { hidden: 32 * units, ..Case::of(GgmlType::Q8_0, 3, 2, 1) }).await;
        }
    }
}

pub async fn mixtures_of_random_shapes() {
    let mut random = Random::new(91);
    for mut gpu in every_tier().await {
        for i in 0..24 {
            let ty = [GgmlType::Q8_0, GgmlType::F32, GgmlType::Q4_0][i % 3];
            let experts = random.range(2, 129);
            let used = random.range(1, experts.min(8) + 1);
            let n = if i % 2 == 0 { random.range(1, 9) } else { random.range(9, 41) };
            let gating = if random.range(0, 2) == 0 { Gating::Softmax } else { Gating::Sigmoid };
            let routing = Routing { gating, normalise: random.range(0, 2) == 0, scale: [1.0, 2.5][random.range(0, 2)] };
            let (hidden, ffn) = (32 * random.range(1, 5), 32 * random.range(1, 5));
            let activation = if i % 5 == 4 { Activation::Gelu } else { Activation::Silu };
            let biased = random.range(0, 2) == 0;
            let case = Case { hidden, ffn, routing, biased, activation, ..Case::of(ty, experts, used, n) };
            check(&mut gpu, &mut random, case).await;
        }
    }
}

pub async fn mixtures_in_parts() {
    let mut random = Random::new(92);
    for mut gpu in narrow().await {
        for ty in [GgmlType::Q8_0, GgmlType::Q4_0, GgmlType::F16] {
            for n in [1, 3, 20] {
                let case = Case { hidden: 32, ffn: 32, ..Case::of(ty, 11, 3, n) };
                check(&mut gpu, &mut random, case).await;
            }
            let (info, bytes) = tensor(&mut random, ty, &[32, 24, 11]);
            assert!(gpu.stacks_experts(&info));
            let crate::Weight::Matrix(stack) = load(&mut gpu, &(info, bytes)) else { panic!("no matrix") };
            assert!(stack.parts.len() > 1 && stack.parts.iter().all(|part| part.rows.is_multiple_of(24)));
        }
        // Experts none of which a kernel could see at once are not wanted together, and neither is only one, or too many.
        let wanted = |dims: &[usize]| gpu.stacks_experts(&tensor(&mut Random::new(0), GgmlType::F32, dims).0);
        assert!(wanted(&[32, 24, 3]) && wanted(&[1, 2, 512]));
        assert!(!wanted(&[32, 40, 3]) && !wanted(&[32, 24, 1]) && !wanted(&[1, 2, 513]) && !wanted(&[32, 24]));
    }
}

/// What the experts of `logits` make of it where expert `e` makes `e + 1` of anything, so that what was chosen is seen: of `n`
/// tokens that each are a row of the router.
async fn chosen(gpu: &mut GpuBackend, case: &Case, logits: &[f32], bias: Option<&[f32]>) -> [Vec<f32>; 2] {
    let Case { experts, n, .. } = *case;
    // The router is one number an expert and token: with x = e_t, its product is column t.
    let columns: Vec<f32> = (0..experts).flat_map(|e| (0..n).map(move |t| logits[t * experts + e])).collect();
    let f32s = |values: Vec<f32>, dims: &[usize]| {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let info = TensorInfo {
            name: "w".to_owned(),
            ty: GgmlType::F32,
            dims: dims.to_vec(),
            offset: 0,
            bytes: bytes.len() as u64,
        };
        (info, bytes)
    };
    let router = f32s(columns, &[n, experts]);
    // silu(30) × 1 is 30 in f32; 1/30 of it, times e + 1, is left in each element.
    let gate = f32s(vec![30.0; experts * n], &[n, 1, experts]);
    let up = f32s(vec![1.0; experts * n], &[n, 1, experts]);
    let down = f32s((0..experts).flat_map(|e| vec![(e + 1) as f32 / 30.0; n]).collect(), &[1, n, experts]);
    let stacks = [gate, up, down];
    let x: Vec<f32> = (0..n * n).map(|i| if i / n == i % n { 1.0 } else { 0.0 }).collect();
    let (ours, exact) = (Loaded::new(gpu, &router, &stacks), Loaded::new(&mut Reference, &router, &stacks));
    let input = put(gpu, &x);
    let (mut scratch, mut got) = (gpu.buffer(n * experts).unwrap(), gpu.buffer(n * n).unwrap());
    gpu.mixture(&input, n, &ours.mixture(case, bias), &mut scratch, &mut got, false).unwrap();
    let (mut probabilities, mut want) = (vec![0.0; n * experts], vec![0.0; n * n]);
    Reference.mixture(&x, n, &exact.mixture(case, bias), &mut probabilities, &mut want, false).unwrap();
    [get(gpu, &got).await, want]
}

pub async fn experts_are_chosen_as_on_the_host() {
    let mut random = Random::new(93);
    for mut gpu in base().await {
        for (experts, used, n) in [(2, 1, 1), (7, 7, 5), (32, 4, 12), (128, 8, 3), (300, 6, 2)] {
            for gating in [Gating::Softmax, Gating::Sigmoid] {
                for (normalise, scale) in [(false, 1.0), (true, 2.5)] {
                    let routing = Routing { gating, normalise, scale };
                    let case = Case { routing, ..Case::of(GgmlType::F32, experts, used, n) };
                    // Whole numbers, most of which come several times: ties, of which the lower expert wins.
                    let tied: Vec<f32> = (0..n * experts).map(|_| random.range(0, 4) as f32).collect();
                    let biases: Vec<f32> = (0..experts).map(|_| random.range(0, 3) as f32).collect();
                    for bias in [None, Some(biases.as_slice())] {
                        let [got, want] = chosen(&mut gpu, &case, &tied, bias).await;
                        assert_close(&got, &want, 1e-5, &format!("{case:?}, {bias:?}"));
                    }
                    // So unlikely that the least sum counts, and far beyond what exp can take.
                    for level in [-30.0, -2000.0, 2000.0] {
                        let logits: Vec<f32> = (0..n * experts).map(|i| level - (i % 5) as f32 / 4.0).collect();
                        let [got, want] = chosen(&mut gpu, &case, &logits, None).await;
                        assert_close(&got, &want, 1e-5, &format!("{case:?} around {level}"));
                    }
                }
            }
        }
    }
}

pub async fn no_logit_leads_astray() {
    let mut random = Random::new(96);
    for mut gpu in base().await {
        for n in [3, 12] {
            let case = Case::of(GgmlType::F32, 9, 4, n);
            let hidden = case.hidden;
            let router = tensor(&mut random, GgmlType::F32, &[hidden, 9]);
            let loaded = Loaded::new(&mut gpu, &router, &case.stacks(&mut random));
            let mixture = loaded.mixture(&case, None);
            let mut x = random.floats(n * hidden);
            let mut results = Vec::new();
            for odd in [1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -f32::MAX] {
                x[hidden..2 * hidden].fill(odd);
                let input = put(&mut gpu, &x);
                let (mut logits, mut out) = (gpu.buffer(n * 9).unwrap(), gpu.buffer(n * hidden).unwrap());
                gpu.mixture(&input, n, &mixture, &mut logits, &mut out, false).unwrap();
                let mut got = get(&mut gpu, &out).await;
                got[hidden..2 * hidden].fill(0.0);
                results.push(got);
            }
            // The other tokens' results are what they are with any second token.
            for (i, got) in results.iter().enumerate() {
                assert_close(got, &results[0], 1e-6, &format!("case {i} of {n} tokens"));
            }
        }
    }
}

pub async fn four_dispatches_for_a_mixture() {
    let mut random = Random::new(94);
    for mut gpu in every_tier().await {
        let case = Case::of(GgmlType::Q8_0, 16, 4, 1);
        let router = tensor(&mut random, GgmlType::F32, &[case.hidden, 16]);
        let loaded = Loaded::new(&mut gpu, &router, &case.stacks(&mut random));
        let mixture = loaded.mixture(&case, None);
        for (n, dispatches) in [(1, 4), (8, 4), (9, 8), (40, 8)] {
            let x = put(&mut gpu, &vec![1.0; n * case.hidden]);
            let (mut logits, mut out) = (gpu.buffer(n * 16).unwrap(), gpu.buffer(n * case.hidden).unwrap());
            get(&mut gpu, &x).await;
            let before = gpu.stats();
            gpu.mixture(&x, n, &mixture, &mut logits, &mut out, true).unwrap();
            let asked = gpu.stats() - before;
            assert_eq!((asked.dispatches, asked.submissions, asked.reads), (dispatches, 0, 0), "{n} tokens");
            // Q8_0 is 34 bytes for 32 weights; experts that no token sees are not read.
            let expert = (3 * case.hidden * case.ffn / 32 * 34) as u64;
            let seen = if n > 8 { 16 } else { 4 * n as u64 };
            assert_eq!(asked.weight_bytes, (4 * 16 * case.hidden) as u64 + seen * expert, "{n} tokens");
            get(&mut gpu, &out).await;
        }
    }
}

pub async fn mixtures_that_do_not_fit_are_errors() {
    let mut random = Random::new(95);
    for mut gpu in base().await {
        let case = Case::of(GgmlType::Q8_0, 4, 2, 1);
        let router = tensor(&mut random, GgmlType::F32, &[case.hidden, 4]);
        let loaded = Loaded::new(&mut gpu, &router, &case.stacks(&mut random));
        let vector = load(&mut gpu, &tensor(&mut random, GgmlType::F32, &[32]));
        let flat = load(&mut gpu, &tensor(&mut random, GgmlType::Q8_0, &[case.hidden, 4 * case.ffn]));
        let mixture = loaded.mixture(&case, None);
        let x = put(&mut gpu, &vec![1.0; case.hidden]);
        let (mut logits, mut out, mut short) =
            (gpu.buffer(4).unwrap(), gpu.buffer(case.hidden).unwrap(), gpu.buffer(3).unwrap());
        let before = gpu.stats();
        let odd = [
            Mixture { used: 0, ..mixture },
            Mixture { used: 5, ..mixture },
            Mixture { experts: 2, ..mixture },
            Mixture { experts: 0, ..mixture },
            Mixture { bias: Some(&[0.0; 3]), ..mixture },
            Mixture { router: &vector, ..mixture },
            Mixture { router: &flat, ..mixture },
            Mixture { gate: &flat, ..mixture },
            Mixture { down: mixture.gate, ..mixture },
        ];
        let mut results: Vec<_> =
            odd.iter().map(|mixture| gpu.mixture(&x, 1, mixture, &mut logits, &mut out, false)).collect();
        results.push(gpu.mixture(&x, 2, &mixture, &mut logits, &mut out, false));
        results.push(gpu.mixture(&x, usize::MAX, &mixture, &mut logits, &mut out, false));
        results.push(gpu.mixture(&x, 1, &mixture, &mut logits, &mut short, false));
        results.push(gpu.mixture(&x, 1, &mixture, &mut short, &mut out, false));
        for (i, result) in results.iter().enumerate() {
            assert!(matches!(result, Err(BackendError::Shape { .. })), "case {i}: {result:?}");
        }
        assert_eq!(gpu.stats(), before);
    }
}
