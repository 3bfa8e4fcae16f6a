//! The definition of every op, in f32 loops too simple to be wrong. Never optimised: the other backends are tested against it.

use super::{
    AttentionParams, Backend, BackendError, KvShape, Mixture, Result, RopeAngles, RopePairing, ShortConvShape,
};
use crate::block;
use crate::gguf::{GgmlType, TensorInfo};

/// The scalar reference backend: weights dequantised to f32, one loop an op.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

/// A tensor of the [`Reference`] backend.
#[derive(Clone, Debug, Default)]
pub struct ReferenceWeight {
    data: Vec<f32>, // [rows, row_len]
    rows: usize,
    row_len: usize,
}

impl ReferenceWeight {
    /// A weight of `rows` rows from its f32 values.
    ///
    /// # Errors
    /// [`BackendError::Shape`] unless `data` is `rows` whole rows.
    pub fn from_f32(data: Vec<f32>, rows: usize) -> Result<Self> {
        let row_len = data.len().checked_div(rows).unwrap_or(0);
        check("weight", rows * row_len == data.len() && row_len > 0, || {
            format!("{} values in {rows} rows", data.len())
        })?;
        Ok(Self { data, rows, row_len })
    }

    fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.row_len..(i + 1) * self.row_len]
    }

    /// One of `experts` matrices that are stacked in it.
    fn expert(&self, expert: usize, experts: usize) -> Result<Self> {
        let rows = self.rows / experts;
        Self::from_f32(self.data[expert * rows * self.row_len..][..rows * self.row_len].to_vec(), rows)
    }
}

/// Bytes of a tensor that is still arriving.
#[derive(Debug)]
pub struct ReferenceStaging {
    info: TensorInfo,
    bytes: Vec<u8>,
}

/// One layer's keys and values, grown as they are written.
#[derive(Clone, Debug)]
pub struct ReferenceKvCache {
    shape: KvShape,
    k: Vec<f32>, // [written, n_kv_heads × head_dim]
    v: Vec<f32>, // [written, n_kv_heads × head_dim]
}

/// Fails with a [`BackendError::Shape`] unless `ok`.
fn check(op: &'static str, ok: bool, what: impl FnOnce() -> String) -> Result<()> {
    if ok { Ok(()) } else { Err(BackendError::Shape { op, what: what() }) }
}

/// An empty vector with room for `len` elements.
fn reserve<T>(what: &str, len: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).map_err(|_| BackendError::OutOfMemory {
        what: what.to_owned(),
        bytes: (len as u64).saturating_mul(size_of::<T>() as u64),
    })?;
    Ok(vec)
}

impl Backend for Reference {
    type Buffer = Vec<f32>;
    type Staging = ReferenceStaging;
    type Weight = ReferenceWeight;
    type KvCache = ReferenceKvCache;

    fn name(&self) -> &'static str {
        "reference"
    }

    fn supports(&self, _ty: GgmlType) -> bool {
        true
    }

    fn begin_weight(&mut self, info: &TensorInfo) -> Result<ReferenceStaging> {
        let bytes = reserve(&info.name, usize::try_from(info.bytes).unwrap_or(usize::MAX))?;
        Ok(ReferenceStaging { info: info.clone(), bytes })
    }

    fn write_weight(&mut self, staging: &mut ReferenceStaging, bytes: &[u8]) -> Result<()> {
        let got = staging.bytes.len() as u64 + bytes.len() as u64;
        if got > staging.info.bytes {
            return Err(BackendError::WrongLength {
                tensor: staging.info.name.clone(),
                expected: staging.info.bytes,
                got,
            });
        }
        staging.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish_weight(&mut self, staging: ReferenceStaging) -> Result<ReferenceWeight> {
        let ReferenceStaging { info, bytes } = staging;
        if bytes.len() as u64 != info.bytes {
            return Err(BackendError::WrongLength { tensor: info.name, expected: info.bytes, got: bytes.len() as u64 });
        }
        let (rows, row_len) = (info.rows(), info.row_len());
        let mut data = reserve(&info.name, rows * row_len)?;
        data.resize(rows * row_len, 0.0);
        let row_bytes = info.ty.row_bytes(row_len);
        for (row, out) in bytes.chunks_exact(row_bytes).zip(data.chunks_exact_mut(row_len)) {
            block::dequantize_row(info.ty, row, out)
                .map_err(|error| BackendError::Shape { op: "finish_weight", what: error.to_string() })?;
        }
        ReferenceWeight::from_f32(data, rows)
    }

    fn buffer(&mut self, len: usize) -> Result<Vec<f32>> {
        let mut buffer = reserve("activations", len)?;
        buffer.resize(len, 0.0);
        Ok(buffer)
    }

    fn kv_cache(&mut self, shape: KvShape) -> Result<ReferenceKvCache> {
        Ok(ReferenceKvCache { shape, k: Vec::new(), v: Vec::new() })
    }

    fn embed(&mut self, table: &ReferenceWeight, tokens: &[u32], out: &mut Vec<f32>) -> Result<()> {
        let width = table.row_len;
        check("embed", out.len() >= tokens.len() * width, || format!("{} rows do not fit", tokens.len()))?;
        for (&token, out) in tokens.iter().zip(out.chunks_exact_mut(width)) {
            check("embed", (token as usize) < table.rows, || format!("token {token} of {}", table.rows))?;
            out.copy_from_slice(table.row(token as usize));
        }
        Ok(())
    }

    fn rms_norm(
        &mut self,
        x: &Vec<f32>,
        weight: &ReferenceWeight,
        eps: f32,
        out: &mut Vec<f32>,
        n: usize,
    ) -> Result<()> {
        let width = weight.data.len();
        check("rms_norm", x.len().min(out.len()) >= n * width, || format!("{n} rows of {width} do not fit"))?;
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).take(n) {
            let mean = x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / width as f64;
            let scale = (1.0 / (mean + f64::from(eps)).sqrt()) as f32;
            for i in 0..width {
                out[i] = x[i] * scale * weight.data[i];
            }
        }
        Ok(())
    }

    fn rms_norm_in_place(&mut self, x: &mut Vec<f32>, weight: &ReferenceWeight, eps: f32, n: usize) -> Result<()> {
        self.rms_norm(&x.clone(), weight, eps, x, n)
    }

    fn layer_norm(
        &mut self,
        x: &Vec<f32>,
        weight: &ReferenceWeight,
        bias: Option<&ReferenceWeight>,
        eps: f32,
        out: &mut Vec<f32>,
        n: usize,
    ) -> Result<()> {
        let width = weight.data.len();
        let fits = x.len().min(out.len()) >= n * width && bias.is_none_or(|bias| bias.data.len() == width);
        check("layer_norm", fits, || format!("{n} rows of {width} do not fit"))?;
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).take(n) {
            let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / width as f64;
            let variance = x.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / width as f64;
            let scale = 1.0 / (variance + f64::from(eps)).sqrt();
            for i in 0..width {
                let bias = bias.map_or(0.0, |bias| bias.data[i]);
                out[i] = ((f64::from(x[i]) - mean) * scale) as f32 * weight.data[i] + bias;
            }
        }
        Ok(())
    }

    fn add_bias(&mut self, x: &mut Vec<f32>, bias: &ReferenceWeight, n: usize) -> Result<()> {
        let width = bias.data.len();
        check("add_bias", x.len() >= n * width, || format!("{n} rows of {width} do not fit"))?;
        for x in x.chunks_exact_mut(width).take(n) {
            x.iter_mut().zip(&bias.data).for_each(|(x, bias)| *x += bias);
        }
        Ok(())
    }

    fn matmul(&mut self, x: &Vec<f32>, n: usize, jobs: &mut [(&ReferenceWeight, &mut Vec<f32>)]) -> Result<()> {
        for (w, out) in jobs {
            check("matmul", x.len() >= n * w.row_len && out.len() >= n * w.rows, || {
                format!("[{n}, {}] · [{}, {}] in {} and {}", w.row_len, w.rows, w.row_len, x.len(), out.len())
            })?;
            for (x, out) in x.chunks_exact(w.row_len).zip(out.chunks_exact_mut(w.rows)).take(n) {
                for (i, out) in out.iter_mut().enumerate() {
                    *out = w.row(i).iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>() as f32;
                }
            }
        }
        Ok(())
    }

    fn mixture(
        &mut self,
        x: &Vec<f32>,
        n: usize,
        m: &Mixture<'_, ReferenceWeight>,
        logits: &mut Vec<f32>,
        out: &mut Vec<f32>,
        add: bool,
    ) -> Result<()> {
        let (experts, hidden) = (m.router.rows, m.router.row_len);
        let stacked = |w: &ReferenceWeight| m.experts == experts && w.rows.is_multiple_of(experts);
        check("mixture", [m.gate, m.up, m.down].into_iter().all(stacked) && m.used <= experts, || {
            format!("{} rows of {experts} experts", m.gate.rows)
        })?;
        self.matmul(x, n, &mut [(m.router, &mut *logits)])?;
        check("mixture", out.len() >= n * hidden, || format!("{n} rows do not fit"))?;
        let ffn = m.gate.rows / experts;
        let (mut gate, mut up, mut y) = (vec![0.0; ffn], vec![0.0; ffn], vec![0.0; hidden]);
        let mut chosen = Vec::new();
        for (i, logits) in logits.chunks_exact_mut(experts).take(n).enumerate() {
            let (x, out) = (x[i * hidden..][..hidden].to_vec(), &mut out[i * hidden..][..hidden]);
            m.routing.choose(m.used, logits, m.bias, &mut chosen);
            if !add {
                out.fill(0.0);
            }
            for &(weight, e) in &chosen {
                let matrices = [&m.gate.expert(e, experts)?, &m.up.expert(e, experts)?];
                self.gated(&x, 1, matrices, m.activation, [&mut gate, &mut up], ffn)?;
                self.matmul(&gate, 1, &mut [(&m.down.expert(e, experts)?, &mut y)])?;
                out.iter_mut().zip(&y).for_each(|(out, y)| *out += weight * y);
            }
        }
        Ok(())
    }

    fn rope(&mut self, x: &mut Vec<f32>, angles: &RopeAngles, n_heads: usize, head_dim: usize, n: usize) -> Result<()> {
        let width = n_heads * head_dim;
        let half = angles.n_rot() / 2;
        check("rope", x.len() >= n * width && angles.rows() >= n && angles.n_rot() <= head_dim && width > 0, || {
            format!("{n} rows of {n_heads} × {head_dim}, {} of them turning", angles.n_rot())
        })?;
        for (i, row) in x.chunks_exact_mut(width).take(n).enumerate() {
            let (cos, sin) = angles.row(i);
            for head in row.chunks_exact_mut(head_dim) {
                for j in 0..half {
                    let (a, b) = match angles.pairing() {
                        RopePairing::Adjacent => (2 * j, 2 * j + 1),
                        RopePairing::Halves => (j, j + half),
                    };
                    let (xa, xb) = (head[a], head[b]);
                    head[a] = xa * cos[j] - xb * sin[j];
                    head[b] = xa * sin[j] + xb * cos[j];
                }
            }
        }
        Ok(())
    }

    fn kv_write(
        &mut self,
        cache: &mut ReferenceKvCache,
        k: &Vec<f32>,
        v: &Vec<f32>,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let width = cache.shape.width();
        check("kv_write", pos + n <= cache.shape.capacity && k.len().min(v.len()) >= n * width, || {
            format!("{n} positions from {pos} do not fit into {}", cache.shape.capacity)
        })?;
        for (store, new) in [(&mut cache.k, k), (&mut cache.v, v)] {
            if store.len() < (pos + n) * width {
                store.resize((pos + n) * width, 0.0);
            }
            store[pos * width..(pos + n) * width].copy_from_slice(&new[..n * width]);
        }
        Ok(())
    }

    fn attention(
        &mut self,
        q: &Vec<f32>,
        cache: &ReferenceKvCache,
        p: &AttentionParams,
        out: &mut Vec<f32>,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let (width, kv_width) = (p.n_heads * p.head_dim, cache.shape.width());
        let fits = q.len().min(out.len()) >= n * width && cache.k.len() >= (pos + n) * kv_width;
        let heads = p.n_kv_heads > 0 && p.n_heads.is_multiple_of(p.n_kv_heads) && p.n_kv_heads * p.head_dim == kv_width;
        check("attention", fits && heads, || format!("{n} queries at {pos}: {p:?} over {:?}", cache.shape))?;
        let group = p.n_heads / p.n_kv_heads;
        for i in 0..n {
            // A query sees itself and what came before, no further back than its window; an encoder's sees everything.
            let last = if p.causal { pos + i } else { pos + n - 1 };
            let first = p.window.map_or(0, |window| (pos + i + 1).saturating_sub(window));
            for h in 0..p.n_heads {
                let at = i * width + h * p.head_dim;
                let q = &q[at..at + p.head_dim];
                let kv = |store: &'_ [f32], j: usize, d: usize| store[j * kv_width + h / group * p.head_dim + d];
                let mut scores: Vec<f64> = (first..=last)
                    .map(|j| (0..p.head_dim).map(|d| f64::from(q[d]) * f64::from(kv(&cache.k, j, d))).sum::<f64>())
                    .map(|s| s * f64::from(p.scale))
                    .map(|s| p.softcap.map_or(s, |cap| f64::from(cap) * (s / f64::from(cap)).tanh()))
                    .collect();
                let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                scores.iter_mut().for_each(|s| *s = (*s - max).exp());
                let sum: f64 = scores.iter().sum();
                for d in 0..p.head_dim {
                    let weighted =
                        scores.iter().zip(first..).map(|(s, j)| s * f64::from(kv(&cache.v, j, d))).sum::<f64>();
                    out[at + d] = (weighted / sum) as f32;
                }
            }
        }
        Ok(())
    }

    fn swiglu(&mut self, gate: &mut Vec<f32>, up: &Vec<f32>, len: usize) -> Result<()> {
        check("swiglu", gate.len().min(up.len()) >= len, || format!("{len} elements do not fit"))?;
        for (g, u) in gate.iter_mut().zip(up).take(len) {
            *g = *g / (1.0 + (-*g).exp()) * u;
        }
        Ok(())
    }

    fn geglu(&mut self, gate: &mut Vec<f32>, up: &Vec<f32>, len: usize) -> Result<()> {
        check("geglu", gate.len().min(up.len()) >= len, || format!("{len} elements do not fit"))?;
        gate.iter_mut().zip(up).take(len).for_each(|(g, u)| *g = gelu(*g) * u);
        Ok(())
    }

    fn gelu(&mut self, x: &mut Vec<f32>, len: usize) -> Result<()> {
        check("gelu", x.len() >= len, || format!("{len} elements do not fit"))?;
        x.iter_mut().take(len).for_each(|x| *x = gelu(*x));
        Ok(())
    }

    fn zero(&mut self, x: &mut Vec<f32>, len: usize) -> Result<()> {
        check("zero", x.len() >= len, || format!("{len} elements do not fit"))?;
        x[..len].fill(0.0);
        Ok(())
    }

    fn scale(&mut self, x: &mut Vec<f32>, factor: f32, len: usize) -> Result<()> {
        check("scale", x.len() >= len, || format!("{len} elements do not fit"))?;
        x.iter_mut().take(len).for_each(|x| *x *= factor);
        Ok(())
    }

    fn softcap(&mut self, x: &mut Vec<f32>, cap: f32, len: usize) -> Result<()> {
        check("softcap", x.len() >= len, || format!("{len} elements do not fit"))?;
        x.iter_mut().take(len).for_each(|x| *x = cap * (*x / cap).tanh());
        Ok(())
    }

    fn short_conv(
        &mut self,
        bcx: &Vec<f32>,
        kernel: &ReferenceWeight,
        history: &mut Vec<f32>,
        out: &mut Vec<f32>,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let ShortConvShape { width, taps, rows } = shape;
        let fits = bcx.len() >= n * 3 * width && out.len() >= n * width;
        let state = history.len() == rows * width && rows >= taps;
        check("short_conv", fits && state && taps > 0 && kernel.data.len() == width * taps, || {
            format!("{n} tokens at {pos}: {shape:?}, {} weights", kernel.data.len())
        })?;
        for (i, row) in bcx.chunks_exact(3 * width).take(n).enumerate() {
            let (b, c, x) = (&row[..width], &row[width..2 * width], &row[2 * width..]);
            for ch in 0..width {
                let now = b[ch] * x[ch];
                let mut sum = kernel.data[ch * taps + taps - 1] * now;
                for back in (1..taps).filter(|back| *back <= pos + i) {
                    sum += kernel.data[ch * taps + taps - 1 - back] * history[(pos + i - back) % rows * width + ch];
                }
                out[i * width + ch] = c[ch] * sum;
                history[(pos + i) % rows * width + ch] = now;
            }
        }
        Ok(())
    }

    fn gather(&mut self, x: &Vec<f32>, rows: &[u32], width: usize, out: &mut Vec<f32>) -> Result<()> {
        let fits = rows.iter().all(|row| (*row as usize + 1) * width <= x.len()) && rows.len() * width <= out.len();
        check("gather", fits && width > 0, || format!("rows {rows:?} of {width} do not fit"))?;
        for (row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
            out.copy_from_slice(&x[*row as usize * width..][..width]);
        }
        Ok(())
    }

    fn scatter_add(
        &mut self,
        x: &Vec<f32>,
        rows: &[u32],
        factors: &[f32],
        width: usize,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        let fits = rows.iter().all(|row| (*row as usize + 1) * width <= out.len()) && rows.len() * width <= x.len();
        check("scatter_add", fits && width > 0 && rows.len() == factors.len(), || {
            format!("rows {rows:?} of {width} do not fit")
        })?;
        for ((x, row), factor) in x.chunks_exact(width).zip(rows).zip(factors) {
            let out = &mut out[*row as usize * width..][..width];
            out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
        }
        Ok(())
    }

    fn add(&mut self, x: &mut Vec<f32>, y: &Vec<f32>, len: usize) -> Result<()> {
        check("add", x.len().min(y.len()) >= len, || format!("{len} elements do not fit"))?;
        x.iter_mut().zip(y).take(len).for_each(|(x, y)| *x += y);
        Ok(())
    }

    fn copy(&mut self, src: &Vec<f32>, from: usize, dst: &mut Vec<f32>, len: usize) -> Result<()> {
        let source = from.checked_add(len).and_then(|end| src.get(from..end));
        let (Some(source), Some(dst)) = (source, dst.get_mut(..len)) else {
            return check("copy", false, || format!("{len} elements from {from} of {} do not fit", src.len()));
        };
        dst.copy_from_slice(source);
        Ok(())
    }

    fn read(&mut self, x: &Vec<f32>, out: &mut [f32]) -> Result<()> {
        check("read", x.len() >= out.len(), || format!("{} of {} elements", out.len(), x.len()))?;
        out.copy_from_slice(&x[..out.len()]);
        Ok(())
    }
}

/// The tanh form of GELU.
fn gelu(x: f32) -> f32 {
    let x = f64::from(x);
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
    (0.5 * x * (1.0 + inner.tanh())) as f32
}
