//! Every kernel there is: its WGSL, put together from files under `shaders/`, and what it binds.

use std::fmt::Write;

use crate::device::Target;
use crate::kv_cache::CacheType;
use crate::tile::AttentionTile;
use crate::weight::Format;

macro_rules! wgsl {
    ($($name:literal),* $(,)?) => {
        concat!($(include_str!(concat!("shaders/", $name, ".wgsl")), "\n"),*)
    };
}

/// A kernel. Two that compare equal are the same pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// A matrix by a few tokens.
    MatVec(FewTokens),
    /// Several matrices of one format by a few tokens.
    MatVecJobs {
        /// What it is made for.
        few: FewTokens,
        /// Whether they are three, not two.
        three: bool,
    },
    /// A gate and its partner by a few tokens, and the activation.
    MatVecGated {
        /// What it is made for.
        few: FewTokens,
        /// SwiGLU or GeGLU.
        op: Pairwise,
    },
    /// A matrix by many tokens.
    MatMul {
        /// How the weights lie.
        format: Format,
        /// Whether the last unit of a row is not whole.
        ragged: bool,
        /// Whether tiles are f16, where the device has it.
        halves: bool,
    },
    /// Which experts see each token.
    ExpertsRoute,
    /// Gates and their partners of the experts that see a few tokens, and the activation.
    ExpertsGated {
        /// How the weights lie.
        format: Format,
        /// Invocations that share a row.
        lanes: u32,
        /// Whether the last unit of a row is not whole.
        ragged: bool,
        /// SwiGLU or GeGLU.
        op: Pairwise,
    },
    /// What the experts that see a few tokens make of that, added up.
    ExpertsDown {
        /// How the weights lie.
        format: Format,
        /// Whether the last unit of a row is not whole.
        ragged: bool,
    },
    /// The tokens of each expert together.
    ExpertsGroup,
    /// A matrix of each expert by its tokens, where they are many.
    ExpertsMatMul {
        /// How the weights lie.
        format: Format,
        /// Whether the last unit of a row is not whole.
        ragged: bool,
    },
    /// What the experts make of each token, added up.
    ExpertsSum,
    /// A matrix by many tokens, which are in bytes. Of quantised formats alone, whose units are all whole.
    MatMulPacked(Format),
    /// Activations in bytes.
    Quantize,
    /// Rows of a table.
    Embed(Format),
    /// An op on each element.
    Elementwise(Elementwise),
    /// An op on each element and its partner.
    Pairwise(Pairwise),
    /// RMSNorm or LayerNorm.
    Norm {
        /// About the mean.
        mean: bool,
        /// With a bias.
        bias: bool,
        /// Where the rows are.
        in_place: bool,
    },
    /// The rotary embedding.
    Rope,
    /// Keys and values into their cache.
    KvWrite(CacheType),
    /// The rotary embedding of queries and keys, and these with the values into their cache.
    RopeKvWrite(CacheType),
    /// Attention of the query heads that share a key head.
    Attention {
        /// How keys and values are kept.
        cache: CacheType,
        /// What a workgroup takes at once.
        tile: AttentionTile,
        /// Whether the positions are cut in parts.
        parts: bool,
    },
    /// Parts of an attention together.
    AttentionMerge,
    /// Sums over lanes, for trying whether they are right.
    LaneSums {
        /// Invocations that share a sum.
        lanes: u32,
    },
    /// Elements to elsewhere.
    Copy,
    /// Rows out of others.
    Gather,
    /// Rows onto others.
    ScatterAdd,
    /// LFM2's convolution.
    ShortConv,
    /// The best of each block of logits.
    Candidates {
        /// Whether they are several, not one.
        sorted: bool,
    },
    /// The best of several such lists.
    CandidatesMerge {
        /// Whether they are several, not one.
        sorted: bool,
    },
    /// Reads memory and nothing else.
    ReadAll,
}

/// What a kernel for few tokens is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FewTokens {
    /// How the weights lie.
    pub format: Format,
    /// Tokens that share a decoded unit.
    pub tokens: u32,
    /// Invocations that share a row.
    pub lanes: u32,
    /// Whether the last unit of a row is not whole.
    pub ragged: bool,
    /// Whether it multiplies by the RMSNorm of its input.
    pub normed: bool,
}

impl FewTokens {
    /// Its part of a kernel's name.
    fn name(self) -> String {
        let Self { format, tokens, lanes, ragged, normed } = self;
        let (ragged, normed) = (if ragged { "_ragged" } else { "" }, if normed { "_normed" } else { "" });
        format!("matvec_{}_{tokens}x{lanes}{ragged}{normed}", format.name())
    }

    /// The walk along rows that all these kernels share.
    fn parts(self) -> [&'static str; 5] {
        let (input, gain) = match self.ragged {
            false => (wgsl!("input_quads"), wgsl!("gain_quads")),
            true => (wgsl!("input_ragged"), wgsl!("gain_ragged")),
        };
        let met = if self.normed { wgsl!("met_normed") } else { wgsl!("met_plain") };
        let walk =
            if self.tokens > 1 { wgsl!("unit_product", "walk_several") } else { wgsl!("unit_product", "walk_one") };
        let gain = if self.normed { gain } else { "" };
        [self.format.wgsl(), input, gain, met, walk]
    }
}

/// Ops on each element; the numbers are those of `activations.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named after the backend's methods")]
pub enum Elementwise {
    Gelu = 0,
    Scale = 1,
    Softcap = 2,
    Zero = 3,
}

/// Ops on pairs of elements; the numbers are those of `activations.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named after the backend's methods")]
pub enum Pairwise {
    SwiGlu = 4,
    GeGlu = 5,
    Add = 6,
}

/// What a kernel does with a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads a storage buffer.
    Read,
    /// Reads and writes one.
    Write,
    /// Nothing: the number is free.
    Unused,
}

/// Invocations of a workgroup of all kernels but those that multiply in tiles or look for candidates.
pub const GROUP: u32 = 64;
/// Invocations of a workgroup that looks for candidates or at all experts, or multiplies bytes: what every WebGPU device has.
const WIDE_GROUP: u32 = 256;
/// Logits that such a workgroup looks at: their keys and tokens take half of the memory that every device has for one.
pub const BLOCK: usize = 1024;
/// Numbers of invocations that may share a row of a matrix.
pub const LANES: [u32; 4] = [4, 8, 16, 32];
/// Experts of a mixture at most: llama.cpp's cap as well.
pub const MOST_EXPERTS: usize = 512;
/// Invocations that share a row of [`Kernel::ExpertsDown`]: the experts of a token have work for so many.
pub const DOWN_LANES: u32 = 32;
/// Vectors that an invocation of [`Kernel::ReadAll`] reads.
pub const READ_VECTORS: u32 = 16;
/// Rows and tokens of a tile of [`Kernel::MatMul`].
pub const TILE: (u32, u32) = (64, 32);
/// Rows and tokens of a tile of [`Kernel::MatMulPacked`].
pub const PACKED_TILE: (u32, u32) = (64, 64);

impl Kernel {
    /// What it binds, from binding 0 on; its parameters follow.
    pub fn bindings(self) -> &'static [Access] {
        use Access::{Read, Unused, Write};
        match self {
            Self::MatMul { .. } | Self::MatMulPacked(_) | Self::Embed(_) => &[Read, Read, Read, Write],
            // A norm's weights come last.
            Self::MatVec(FewTokens { normed: false, .. })
            | Self::MatVecGated { few: FewTokens { normed: false, .. }, .. } => {
                &[Read, Read, Read, Write, Unused, Unused, Unused, Unused]
            }
            Self::MatVec(_) | Self::MatVecGated { .. } => &[Read, Read, Read, Write, Unused, Unused, Unused, Read],
            // A matrix with both its planes is one binding: the 8 that every WebGPU device has are enough.
            Self::ExpertsGated { .. } | Self::ExpertsDown { .. } | Self::ExpertsMatMul { .. } => {
                &[Read, Read, Read, Write, Read]
            }
            Self::MatVecJobs { few, three } => match (three, few.normed) {
                (false, false) => &[Read, Read, Read, Write, Write, Unused, Unused, Unused],
                (false, true) => &[Read, Read, Read, Write, Write, Unused, Unused, Read],
                (true, false) => &[Read, Read, Read, Write, Write, Read, Write, Unused],
                (true, true) => &[Read, Read, Read, Write, Write, Read, Write, Read],
            },
            Self::Elementwise(_) | Self::LaneSums { .. } | Self::CandidatesMerge { .. } => &[Write],
            Self::Pairwise(_) | Self::Rope => &[Write, Read],
            Self::Norm { in_place: true, .. } => &[Unused, Write, Read, Read],
            Self::Norm { in_place: false, .. } => &[Read, Write, Read, Read],
            Self::RopeKvWrite(_) => &[Write, Read, Read, Write, Read],
            Self::AttentionMerge | Self::Copy | Self::ExpertsGroup | Self::Quantize | Self::ReadAll => &[Read, Write],
            Self::KvWrite(_) | Self::Attention { .. } | Self::Gather | Self::ScatterAdd | Self::Candidates { .. } => {
                &[Read, Read, Write]
            }
            Self::ExpertsRoute | Self::ExpertsSum => &[Read, Read, Write],
            Self::ShortConv => &[Read, Read, Write, Write],
        }
    }

    /// Its name, by the grammar `op[_type][_variant]`.
    pub fn name(self) -> String {
        let suffix = |ragged: bool| if ragged { "_ragged" } else { "" };
        match self {
            Self::MatVec(few) => few.name(),
            Self::MatVecJobs { few, three } => format!("{}_jobs{}", few.name(), if three { 3 } else { 2 }),
            Self::MatVecGated { few, op } => format!("{}_{op:?}", few.name()),
            Self::ExpertsGated { format, lanes, ragged, op } => {
                format!("experts_gated_{}_{lanes}{}_{op:?}", format.name(), suffix(ragged))
            }
            Self::ExpertsDown { format, ragged } => format!("experts_down_{}{}", format.name(), suffix(ragged)),
            Self::ExpertsMatMul { format, ragged } => format!("experts_matmul_{}{}", format.name(), suffix(ragged)),
            Self::MatMul { format, ragged, halves } => {
                let halves = if halves { "_halves" } else { "" };
                format!("matmul_{}{}{halves}", format.name(), suffix(ragged))
            }
            Self::MatMulPacked(format) => format!("matmul_{}_packed", format.name()),
            Self::Embed(format) => format!("embed_{}", format.name()),
            Self::KvWrite(cache) => format!("kv_write_{}", cache.name()),
            Self::RopeKvWrite(cache) => format!("rope_kv_write_{}", cache.name()),
            Self::Attention { cache, tile, parts } => {
                let parts = if parts { "_parts" } else { "" };
                format!("attention_{}_{}x{}{parts}", cache.name(), tile.rows, tile.head_dim)
            }
            other => format!("{other:?}"),
        }
    }

    /// Its whole source, for a device that is a `target`.
    pub fn source(self, target: Target) -> String {
        let mut out = String::new();
        // naga knows the extension by the device's features and rejects the line; browsers insist on it.
        if cfg!(target_arch = "wasm32") && self.uses_subgroups(target) {
            out += "enable subgroups;\n";
        }
        if self.uses_f16(target) {
            out += "enable f16;\n";
        }
        let mut constant = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(out, "const {name} = {value};");
        };
        let group = match self {
            Self::Candidates { .. } | Self::CandidatesMerge { .. } => WIDE_GROUP,
            Self::ExpertsRoute | Self::ExpertsGroup | Self::MatMulPacked(_) => WIDE_GROUP,
            _ => GROUP,
        };
        constant("GROUP", &format!("{group}u"));
        match self {
            Self::Candidates { .. } | Self::CandidatesMerge { .. } => constant("BLOCK", &format!("{BLOCK}u")),
            Self::MatVec(few) | Self::MatVecJobs { few, .. } | Self::MatVecGated { few, .. } => {
                constant("TOKENS", &format!("{}u", few.tokens));
                constant("LANES", &format!("{}u", few.lanes));
                match self {
                    Self::MatVecJobs { three, .. } => constant("JOBS", if three { "3u" } else { "2u" }),
                    Self::MatVecGated { op, .. } => constant("OP", &format!("{}u", op as u32)),
                    _ => {}
                }
            }
            Self::ExpertsRoute => constant("EXPERTS", &format!("{MOST_EXPERTS}u")),
            Self::ExpertsGroup => {
                constant("EXPERTS", &format!("{MOST_EXPERTS}u"));
                constant("EXPERTS_EACH", &format!("{}u", (MOST_EXPERTS as u32).div_ceil(WIDE_GROUP)));
                constant("TILE_TOKENS", &format!("{}u", TILE.1));
            }
            Self::ExpertsGated { lanes, op, .. } => {
                constant("LANES", &format!("{lanes}u"));
                constant("OP", &format!("{}u", op as u32));
            }
            Self::ExpertsDown { .. } => constant("LANES", &format!("{DOWN_LANES}u")),
            Self::LaneSums { lanes } => constant("LANES", &format!("{lanes}u")),
            Self::ReadAll => constant("VECTORS", &format!("{READ_VECTORS}u")),
            Self::Elementwise(op) => constant("OP", &format!("{}u", op as u32)),
            Self::Pairwise(op) => constant("OP", &format!("{}u", op as u32)),
            Self::Norm { mean, bias, .. } => {
                constant("MEAN", &mean.to_string());
                constant("BIAS", &bias.to_string());
            }
            Self::Attention { tile, parts, .. } => {
                constant("PARTS", &parts.to_string());
                tile.constants().iter().for_each(|(name, value)| constant(name, &format!("{value}u")));
            }
            Self::MatMulPacked(format) => {
                constant("HALVES", &format.has_scales_of_halves().to_string());
                constant("MINIMA", &format.has_minima().to_string());
            }
            Self::MatMul { .. } | Self::ExpertsMatMul { .. } => {
                let scalar = if self.uses_f16(target) { "f16" } else { "f32" };
                out += &format!("alias Scalar = {scalar};\n");
            }
            _ => {}
        }
        for part in self.parts(target) {
            out += part;
        }
        out
    }

    fn parts(self, target: Target) -> Vec<&'static str> {
        let input = |ragged: bool| if ragged { wgsl!("input_ragged") } else { wgsl!("input_quads") };
        let order = |sorted: bool| if sorted { wgsl!("candidates_sorted") } else { wgsl!("candidates_one") };
        let sum = if self.uses_subgroups(target) { wgsl!("sum_lanes_subgroups") } else { wgsl!("sum_lanes_shared") };
        match self {
            Self::MatVec(few) => [&[wgsl!("weights", "grid"), sum], &few.parts()[..], &[wgsl!("matvec")]].concat(),
            Self::MatVecJobs { few, three } => {
                let jobs =
                    if three { wgsl!("weights_of_three", "outs_three") } else { wgsl!("weights_of_two", "outs_two") };
                [&[jobs, wgsl!("grid"), sum], &few.parts()[..], &[wgsl!("matvec_jobs")]].concat()
            }
            Self::MatVecGated { few, .. } => {
                let shared = wgsl!("weights_of_two", "grid", "activations", "pair");
                [&[shared, sum], &few.parts()[..], &[wgsl!("matvec_gated")]].concat()
            }
            Self::MatMul { format, ragged, .. } => {
                vec![wgsl!("weights"), format.wgsl(), input(ragged), wgsl!("matmul_tokens", "matmul")]
            }
            Self::ExpertsMatMul { format, ragged } => {
                vec![wgsl!("weights"), format.wgsl(), input(ragged), wgsl!("experts_tiles", "matmul")]
            }
            Self::ExpertsRoute => vec![wgsl!("reduce", "ordered", "experts_route")],
            Self::ExpertsGroup => vec![wgsl!("experts_group")],
            Self::ExpertsSum => vec![wgsl!("grid", "experts_sum")],
            Self::ExpertsGated { format, ragged, .. } => {
                let shared = wgsl!("weights_of_two", "grid", "unit_product", "activations", "pair");
                vec![shared, format.wgsl(), input(ragged), sum, wgsl!("experts_gated")]
            }
            Self::ExpertsDown { format, ragged } => {
                vec![wgsl!("weights", "grid", "unit_product"), format.wgsl(), input(ragged), sum, wgsl!("experts_down")]
            }
            Self::MatMulPacked(format) => {
                vec![wgsl!("weights", "packed_unit"), format.packed_wgsl(), wgsl!("matmul_tokens", "matmul_packed")]
            }
            Self::Quantize => vec![wgsl!("grid", "quantize")],
            Self::Embed(format) => vec![wgsl!("weights", "grid"), format.wgsl(), wgsl!("embed")],
            Self::Elementwise(_) => vec![wgsl!("grid", "activations", "elementwise")],
            Self::Pairwise(_) => vec![wgsl!("grid", "activations", "pair", "pairwise")],
            Self::Norm { in_place, .. } => {
                let rows = if in_place { wgsl!("rows_in_place") } else { wgsl!("rows_apart") };
                vec![wgsl!("grid", "reduce"), rows, wgsl!("norm")]
            }
            Self::Rope => vec![wgsl!("grid", "rope")],
            Self::RopeKvWrite(cache) => {
                vec![wgsl!("grid", "cache/place", "cache/write_unit"), cache_write(cache), wgsl!("rope_kv_write")]
            }
            Self::KvWrite(cache) => {
                vec![wgsl!("grid", "cache/place", "cache/write_unit"), cache_write(cache), wgsl!("kv_write")]
            }
            Self::Attention { cache, .. } => {
                vec![wgsl!("activations", "ordered", "cache/place"), cache_read(cache), wgsl!("attention")]
            }
            Self::LaneSums { .. } => vec![sum, wgsl!("lane_sums")],
            Self::AttentionMerge => vec![wgsl!("attention_merge")],
            Self::Copy => vec![wgsl!("grid", "copy")],
            Self::ReadAll => vec![wgsl!("grid", "read_all")],
            Self::Gather => vec![wgsl!("grid", "gather")],
            Self::ScatterAdd => vec![wgsl!("grid", "scatter_add")],
            Self::ShortConv => vec![wgsl!("grid", "short_conv")],
            Self::Candidates { sorted } => {
                vec![wgsl!("reduce", "candidates_keys", "candidates_leave"), order(sorted), wgsl!("candidates")]
            }
            Self::CandidatesMerge { sorted } => {
                vec![wgsl!("reduce", "candidates_keys", "candidates_leave"), order(sorted), wgsl!("candidates_merge")]
            }
        }
    }

    /// Whether its sums are of subgroups: where a row's lanes fit into one.
    fn uses_subgroups(self, target: Target) -> bool {
        match self {
            Self::MatVec(FewTokens { lanes, .. })
            | Self::MatVecJobs { few: FewTokens { lanes, .. }, .. }
            | Self::MatVecGated { few: FewTokens { lanes, .. }, .. }
            | Self::ExpertsGated { lanes, .. }
            | Self::LaneSums { lanes } => target.tier.subgroups && lanes <= target.subgroup_size,
            Self::ExpertsDown { .. } => target.tier.subgroups && DOWN_LANES <= target.subgroup_size,
            _ => false,
        }
    }

    /// Whether its tiles are f16.
    fn uses_f16(self, target: Target) -> bool {
        // Weights and activations that are floats are not rounded.
        match self {
            Self::MatMul { format, halves, .. } => halves && target.tier.f16 && format.is_quantized(),
            Self::ExpertsMatMul { format, .. } => target.tier.f16 && format.is_quantized(),
            _ => false,
        }
    }

    /// Every kernel of every variant, for checks.
    pub fn all() -> Vec<Self> {
        let mut all =
            vec![Self::Rope, Self::AttentionMerge, Self::Copy, Self::Gather, Self::ScatterAdd, Self::ShortConv];
        all.extend([Self::ExpertsRoute, Self::ExpertsGroup, Self::ExpertsSum]);
        all.extend([Self::Quantize, Self::ReadAll]);
        all.extend(Format::ALL.into_iter().filter(|format| format.is_quantized()).map(Self::MatMulPacked));
        for cache in CacheType::ALL {
            all.extend([Self::KvWrite(cache), Self::RopeKvWrite(cache)]);
            // Widths of heads that fill and break a vector, a block and a workgroup; as many rows as go together, and fewer.
            for head_dim in [1, 6, 32, 64, 80, 96, 128, 256, 300, 512] {
                for rows in [1, 2, 4, 8, 16, 32] {
                    let tile = AttentionTile::of(head_dim, rows);
                    all.extend([false, true].map(|parts| Self::Attention { cache, tile, parts }));
                }
            }
        }
        all.extend(LANES.map(|lanes| Self::LaneSums { lanes }));
        all.extend([false, true].map(|sorted| Self::Candidates { sorted }));
        all.extend([false, true].map(|sorted| Self::CandidatesMerge { sorted }));
        for format in Format::ALL {
            all.push(Self::Embed(format));
            // Rows of blocks are whole.
            for &ragged in if format.is_quantized() { &[false][..] } else { &[false, true] } {
                all.extend([false, true].map(|halves| Self::MatMul { format, ragged, halves }));
                all.extend([Self::ExpertsDown { format, ragged }, Self::ExpertsMatMul { format, ragged }]);
                for lanes in LANES {
                    let gated = |op| Self::ExpertsGated { format, lanes, ragged, op };
                    all.extend([Pairwise::SwiGlu, Pairwise::GeGlu].map(gated));
                }
                for (tokens, lanes) in [1, 4].into_iter().flat_map(|tokens| LANES.map(|lanes| (tokens, lanes))) {
                    for normed in [false, true] {
                        let few = FewTokens { format, tokens, lanes, ragged, normed };
                        all.push(Self::MatVec(few));
                        all.extend([false, true].map(|three| Self::MatVecJobs { few, three }));
                        all.extend([Pairwise::SwiGlu, Pairwise::GeGlu].map(|op| Self::MatVecGated { few, op }));
                    }
                }
            }
        }
        use Elementwise::{Gelu, Scale, Softcap, Zero};
        all.extend([Gelu, Scale, Softcap, Zero].map(Self::Elementwise));
        all.extend([Pairwise::SwiGlu, Pairwise::GeGlu, Pairwise::Add].map(Self::Pairwise));
        for flags in 0..8 {
            let (mean, bias, in_place) = (flags & 1 > 0, flags & 2 > 0, flags & 4 > 0);
            all.push(Self::Norm { mean, bias, in_place });
        }
        all
    }
}

/// How an attention reads a cache.
fn cache_read(cache: CacheType) -> &'static str {
    match cache {
        CacheType::F32 => wgsl!("cache/f32", "cache/cells_read"),
        CacheType::F16 => wgsl!("cache/half_bits", "cache/f16", "cache/cells_read"),
        CacheType::Q8 => wgsl!("formats/signed_bytes", "cache/q8_read"),
    }
}

/// How keys and values are written to a cache.
fn cache_write(cache: CacheType) -> &'static str {
    match cache {
        CacheType::F32 => wgsl!("cache/f32", "cache/cells_write"),
        CacheType::F16 => wgsl!("cache/half_bits", "cache/f16", "cache/cells_write"),
        CacheType::Q8 => wgsl!("cache/half_bits", "cache/q8_write"),
    }
}
