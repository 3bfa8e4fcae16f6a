//! How weights lie in GPU memory, and as which of these layouts each type of a file is kept. None rounds: a type that has
//! no layout of its own is written as bytes and scales that stand for the same numbers.

use wasm_chord_core::gguf::GgmlType;

/// A layout: see `shaders/formats/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(non_camel_case_types, reason = "the field's own spelling")]
pub enum Format {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Upper halves of 32-bit floats.
    BF16,
    /// Signed bytes, 32 to an f16 scale: Q8_0, Q5_0 and IQ4_NL.
    Bytes,
    /// Signed bytes, 16 to a scale and a minimum in f32: all the other quantised types.
    ScaledBytes,
    /// As in a file, quants and scales apart.
    Q4_0,
    /// As in a file.
    Q4_K,
    /// As in a file, but for d, which is in the other plane.
    Q6_K,
}

macro_rules! decoder {
    ($($name:literal),*) => {
        concat!($(include_str!(concat!("../shaders/formats/", $name, ".wgsl")), "\n"),*)
    };
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::F32, Self::F16, Self::BF16, Self::Bytes, Self::ScaledBytes, Self::Q4_0, Self::Q4_K, Self::Q6_K];

    /// As what weights of type `ty` are kept.
    pub fn of(ty: GgmlType) -> Self {
        match ty {
            GgmlType::F32 => Self::F32,
            GgmlType::F16 => Self::F16,
            GgmlType::BF16 => Self::BF16,
            GgmlType::Q8_0 | GgmlType::Q5_0 | GgmlType::IQ4_NL => Self::Bytes,
            GgmlType::Q4_0 => Self::Q4_0,
            GgmlType::Q4_K => Self::Q4_K,
            GgmlType::Q6_K => Self::Q6_K,
            GgmlType::Q4_1 | GgmlType::Q5_1 | GgmlType::Q2_K => Self::ScaledBytes,
            GgmlType::Q3_K | GgmlType::Q5_K | GgmlType::IQ4_XS => Self::ScaledBytes,
        }
    }

    /// Its name in kernels' names.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::Bytes => "bytes",
            Self::ScaledBytes => "scaled_bytes",
            Self::Q4_0 => "q4_0",
            Self::Q4_K => "q4_k",
            Self::Q6_K => "q6_k",
        }
    }

    /// Whether weights are whole numbers and scales.
    pub fn is_quantized(self) -> bool {
        !matches!(self, Self::F32 | Self::F16 | Self::BF16)
    }

    /// Whether both halves of a unit have scales of their own.
    pub fn has_scales_of_halves(self) -> bool {
        matches!(self, Self::ScaledBytes | Self::Q6_K)
    }

    /// Whether weights are scales times whole numbers less a minimum.
    pub fn has_minima(self) -> bool {
        matches!(self, Self::ScaledBytes | Self::Q4_K)
    }

    /// Bytes of eight units in the plane of quants and in the plane of scales.
    pub fn bytes_of_eight(self) -> (u64, u64) {
        match self {
            Self::F32 => (1024, 0),
            Self::F16 | Self::BF16 => (512, 0),
            Self::Bytes => (256, 16),
            Self::ScaledBytes => (256, 128),
            Self::Q4_0 => (128, 16),
            Self::Q4_K => (144, 0),
            Self::Q6_K => (208, 2),
        }
    }

    /// The WGSL that decodes a unit.
    pub fn wgsl(self) -> &'static str {
        match self {
            Self::F32 => decoder!("f32"),
            Self::F16 => decoder!("f16"),
            Self::BF16 => decoder!("bf16"),
            Self::Bytes => decoder!("half", "signed_bytes", "bytes"),
            Self::ScaledBytes => decoder!("signed_bytes", "scaled_bytes"),
            Self::Q4_0 => decoder!("half", "nibbles", "q4_0"),
            Self::Q4_K => decoder!("half", "nibbles", "q4_k_scales", "q4_k"),
            Self::Q6_K => decoder!("half", "signed_bytes", "nibbles", "q6_k_place", "q6_k"),
        }
    }

    /// The WGSL that makes bytes of a unit; of floats there is none.
    pub fn packed_wgsl(self) -> &'static str {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => "",
            Self::Bytes => decoder!("half", "bytes_packed"),
            Self::ScaledBytes => decoder!("scaled_bytes_packed"),
            Self::Q4_0 => decoder!("half", "packed_nibbles", "q4_0_packed"),
            Self::Q4_K => decoder!("half", "packed_nibbles", "q4_k_scales", "q4_k_packed"),
            Self::Q6_K => decoder!("half", "signed_bytes", "packed_nibbles", "q6_k_place", "q6_k_packed"),
        }
    }
}
