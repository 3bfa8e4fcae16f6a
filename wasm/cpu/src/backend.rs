//! [`CpuBackend`]: checks what it is asked, keeps the scratch memory, and calls the kernels.

use wasm_chord_core::backend::{AttentionParams, Backend, BackendError, KvShape, Result, RopeAngles, ShortConvShape};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};

use crate::NAME;
use crate::arch;
use crate::dot::Form;
use crate::kernels::Kernels;
use crate::kernels::attention::{self, Attention, Share};
use crate::kernels::matmul::STREAMS;
use crate::kernels::output::Output;
use crate::kernels::pack;
use crate::kernels::short_conv::short_conv;
use crate::kv_cache::{CHUNK, CacheType, KvCache};
use crate::pool::{MOST_PARTS, Pool};
use crate::vector::LANES;
use crate::weight::{Staging, Weight};

/// Elements that a thread is to have at least of an op that goes through them once: some microseconds' work.
const FEW_ELEMENTS: usize = 1 << 13;

/// Products that a thread is to have at least of a matrix product.
const FEW_PRODUCTS: usize = 1 << 16;

/// Runs a model on the CPU. Weights stay quantised as in the file, eight rows side by side (see
/// [`panel`](crate::panel)).
///
/// Nothing is allocated per token: scratch grows to the largest call and stays, a KV cache grows by chunks of
/// positions.
#[derive(Debug)]
pub struct CpuBackend {
    kernels: &'static Kernels,
    cache: CacheType,
    pool: Pool,
    activations: Vec<u32>, // packed, [n, words of a row]
    parts: Vec<f32>,       // results of an attention cut in parts, [MOST_PARTS, n_heads × head_dim]
    weights: Vec<f32>,     // what they weigh, [MOST_PARTS, n_heads]
}

impl CpuBackend {
    /// With the best kernels this machine runs, on the calling thread alone.
    pub fn new() -> Self {
        Self::with_kernels(arch::best())
    }

    /// With the kernels of one arch, say `Portable.kernels()`.
    pub fn with_kernels(kernels: &'static Kernels) -> Self {
        Self {
            kernels,
            cache: CacheType::default(),
            pool: Pool::new(),
            activations: Vec::new(),
            parts: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// The same with the threads of `pool`.
    pub fn with_pool(self, pool: Pool) -> Self {
        Self { pool, ..self }
    }

    /// The same with KV caches of type `cache`, of those that are yet to be made.
    pub fn with_cache(self, cache: CacheType) -> Self {
        Self { cache, ..self }
    }

    /// The name of the arch whose kernels it runs: `simd128`, `relaxed-simd`, `avx2`, `portable`.
    pub fn arch(&self) -> &'static str {
        self.kernels.arch
    }

    /// Its threads.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Rows of `width` that a part of `n` of them is to have, for an op that takes them one by one.
    fn rows_of_a_part(&self, n: usize, width: usize) -> usize {
        n.div_ceil(self.pool.parts(area(n, width), FEW_ELEMENTS)).max(1)
    }

    /// Elements that a part of `len` is to have.
    fn elements_of_a_part(&self, len: usize) -> usize {
        self.rows_of_a_part(len.div_ceil(LANES), LANES) * LANES
    }

    /// Packs `x`, `[n, width]`, into `activations`.
    fn pack(&mut self, x: &[f32], n: usize, width: usize, form: Form) -> Result<()> {
        let (tile, words) = (pack::tile_of(self.kernels.tokens, n), pack::words(form, width));
        let padded = n.next_multiple_of(tile);
        grow(&mut self.activations, area(padded, words), 0, "packed activations")?;
        let rows = self.rows_of_a_part(n, width).next_multiple_of(tile);
        let parts =
            x[..n * width].chunks(rows * width).zip(self.activations[..padded * words].chunks_mut(rows * words));
        self.pool.for_each(parts, |(x, out)| (self.kernels.pack)(form, x, width, tile, out));
        Ok(())
    }

    /// Attention of one token, the positions cut in `parts`.
    fn attention_in_parts(&mut self, a: &Attention<'_>, parts: usize, out: &mut [f32]) -> Result<()> {
        let (heads, width) = (a.params.n_heads, a.params.n_heads * a.params.head_dim);
        grow(&mut self.parts, MOST_PARTS * width, 0.0, "parts of an attention")?;
        grow(&mut self.weights, MOST_PARTS * heads, 0.0, "parts of an attention")?;
        let sight = a.sight(0);
        let chunks = sight.start / CHUNK..sight.end.div_ceil(CHUNK);
        let results = Output::new(&mut self.parts, parts, width, a.group() * a.params.head_dim);
        let weights = Output::new(&mut self.weights, parts, heads, a.group());
        let rows = results.split_tokens(parts, 1).zip(weights.split_tokens(parts, 1)).enumerate();
        let each = rows.flat_map(|(i, (results, weights))| {
            let at = |i| (chunks.start + i * chunks.len() / parts) * CHUNK;
            let positions = at(i)..at(i + 1);
            let heads = results.split(a.params.n_kv_heads, 1).zip(weights.split(a.params.n_kv_heads, 1));
            heads.map(move |(results, weights)| (Share { positions: positions.clone(), weights }, results))
        });
        self.pool.for_each(each, |(share, mut results)| (self.kernels.attention)(a, Some(share), &mut results));
        attention::merge(&self.parts[..parts * width], &self.weights[..parts * heads], heads, a.params.head_dim, out);
        Ok(())
    }
}

impl Default for CpuBackend {
    fn default() -> Self {
        Self::new()
    }
}

/// Fails with a [`BackendError::Shape`] unless `ok`.
fn check(op: &'static str, ok: bool, what: impl FnOnce() -> String) -> Result<()> {
    if ok { Ok(()) } else { Err(BackendError::Shape { op, what: what() }) }
}

/// Elements of `n` rows of `width`; a number no buffer has when that overflows.
fn area(n: usize, width: usize) -> usize {
    n.saturating_mul(width)
}

/// Grows `vec` to `len` at least.
fn grow<T: Copy>(vec: &mut Vec<T>, len: usize, zero: T, what: &str) -> Result<()> {
    if vec.len() < len {
        vec.try_reserve_exact(len - vec.len()).map_err(|_| BackendError::OutOfMemory {
            what: what.to_owned(),
            bytes: area(len, size_of::<T>()) as u64,
        })?;
        vec.resize(len, zero);
    }
    Ok(())
}

impl Backend for CpuBackend {
    type Buffer = Vec<f32>;
    type Staging = Staging;
    type Weight = Weight;
    type KvCache = KvCache;

    fn name(&self) -> &'static str {
        NAME
    }

    fn supports(&self, _ty: GgmlType) -> bool {
        true
    }

    fn begin_weight(&mut self, info: &TensorInfo) -> Result<Staging> {
        Staging::new(info)
    }

    fn write_weight(&mut self, staging: &mut Staging, bytes: &[u8]) -> Result<()> {
        staging.write(bytes)
    }

    fn finish_weight(&mut self, staging: Staging) -> Result<Weight> {
        staging.finish()
    }

    fn buffer(&mut self, len: usize) -> Result<Vec<f32>> {
        let mut buffer = Vec::new();
        grow(&mut buffer, len, 0.0, "activations")?;
        Ok(buffer)
    }

    fn kv_cache(&mut self, shape: KvShape) -> Result<KvCache> {
        check("kv_cache", shape.n_kv_heads > 0 && shape.head_dim > 0, || format!("{shape:?} is empty"))?;
        Ok(KvCache::new(self.cache, shape))
    }

    fn embed(&mut self, table: &Weight, tokens: &[u32], out: &mut Vec<f32>) -> Result<()> {
        let (rows, width) = matrix("embed", table)?;
        check("embed", out.len() >= area(tokens.len(), width), || format!("{} rows do not fit", tokens.len()))?;
        for (&token, out) in tokens.iter().zip(out.chunks_exact_mut(width)) {
            check("embed", (token as usize) < rows, || format!("token {token} of {rows}"))?;
            table.get_row(token as usize, out);
        }
        Ok(())
    }

    fn rms_norm(&mut self, x: &Vec<f32>, weight: &Weight, eps: f32, out: &mut Vec<f32>, n: usize) -> Result<()> {
        let weight = vector("rms_norm", weight)?;
        let width = weight.len();
        check("rms_norm", x.len().min(out.len()) >= area(n, width), || format!("{n} rows of {width} do not fit"))?;
        let rows = self.rows_of_a_part(n, width) * width;
        self.pool.for_each(x[..n * width].chunks(rows).zip(out[..n * width].chunks_mut(rows)), |(x, out)| {
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                (self.kernels.rms_norm)(x, weight, eps, out);
            }
        });
        Ok(())
    }

    fn rms_norm_in_place(&mut self, x: &mut Vec<f32>, weight: &Weight, eps: f32, n: usize) -> Result<()> {
        let weight = vector("rms_norm_in_place", weight)?;
        let width = weight.len();
        check("rms_norm_in_place", x.len() >= area(n, width), || format!("{n} rows of {width} do not fit"))?;
        let rows = self.rows_of_a_part(n, width) * width;
        self.pool.for_each(x[..n * width].chunks_mut(rows), |x| {
            for x in x.chunks_exact_mut(width) {
                (self.kernels.rms_norm_in_place)(x, weight, eps);
            }
        });
        Ok(())
    }

    fn layer_norm(
        &mut self,
        x: &Vec<f32>,
        weight: &Weight,
        bias: Option<&Weight>,
        eps: f32,
        out: &mut Vec<f32>,
        n: usize,
    ) -> Result<()> {
        let weight = vector("layer_norm", weight)?;
        let bias = bias.map_or(Ok(&[][..]), |bias| vector("layer_norm", bias))?;
        let width = weight.len();
        let fits = x.len().min(out.len()) >= area(n, width) && (bias.is_empty() || bias.len() == width);
        check("layer_norm", fits, || format!("{n} rows of {width} do not fit"))?;
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).take(n) {
            (self.kernels.layer_norm)(x, weight, bias, eps, out);
        }
        Ok(())
    }

    fn add_bias(&mut self, x: &mut Vec<f32>, bias: &Weight, n: usize) -> Result<()> {
        let bias = vector("add_bias", bias)?;
        let width = bias.len();
        check("add_bias", x.len() >= area(n, width), || format!("{n} rows of {width} do not fit"))?;
        for x in x.chunks_exact_mut(width).take(n) {
            x.iter_mut().zip(bias).for_each(|(x, bias)| *x += bias);
        }
        Ok(())
    }

    fn matmul(&mut self, x: &Vec<f32>, n: usize, jobs: &mut [(&Weight, &mut Vec<f32>)]) -> Result<()> {
        for (w, out) in &*jobs {
            let (rows, width) = matrix("matmul", w)?;
            check("matmul", x.len() >= area(n, width) && out.len() >= area(n, rows), || {
                format!("[{n}, {width}] · [{rows}, {width}] in {} and {}", x.len(), out.len())
            })?;
        }
        let kernels = self.kernels;
        let input = |w: &Weight| (w.shape().map(|(_, width)| width), w.form(kernels));
        for jobs in jobs.chunk_by_mut(|(one, _), (other, _)| input(one) == input(other)) {
            let Some(width) = jobs.first().and_then(|(w, _)| w.shape()).map(|(_, width)| width) else { continue };
            self.pack(x, n, width, jobs[0].0.form(kernels))?;
            let all: usize = jobs.iter().filter_map(|(w, _)| w.shape()).map(|(rows, _)| rows).sum();
            let parts = self.pool.parts(area(n, area(all, width)), FEW_PRODUCTS);
            let each = jobs.iter_mut().flat_map(|(w, out)| {
                let rows = w.shape().map_or(0, |(rows, _)| rows);
                let parts = (parts * rows).div_ceil(all);
                Output::new(out, n, rows, LANES).split(parts, STREAMS).map(|out| (&**w, out))
            });
            self.pool.for_each(each, |(w, mut out)| w.multiply(kernels, &self.activations, &mut out));
        }
        Ok(())
    }

    fn rope(&mut self, x: &mut Vec<f32>, angles: &RopeAngles, n_heads: usize, head_dim: usize, n: usize) -> Result<()> {
        let width = area(n_heads, head_dim);
        let fits = x.len() >= area(n, width) && angles.rows() >= n && angles.n_rot() <= head_dim && width > 0;
        check("rope", fits, || format!("{n} rows of {n_heads} × {head_dim}, {} of them turning", angles.n_rot()))?;
        let rows = self.rows_of_a_part(n, width);
        self.pool.for_each(x[..n * width].chunks_mut(rows * width).enumerate(), |(part, x)| {
            for (i, row) in x.chunks_exact_mut(width).enumerate() {
                let (cos, sin) = angles.row(part * rows + i);
                for head in row.chunks_exact_mut(head_dim) {
                    (self.kernels.rope)(head, cos, sin, angles.pairing());
                }
            }
        });
        Ok(())
    }

    fn kv_write(&mut self, cache: &mut KvCache, k: &Vec<f32>, v: &Vec<f32>, pos: usize, n: usize) -> Result<()> {
        let (width, capacity) = (cache.shape().width(), cache.shape().capacity);
        let fits = pos.saturating_add(n) <= capacity && k.len().min(v.len()) >= area(n, width);
        check("kv_write", fits, || format!("{n} positions from {pos} do not fit into {capacity}"))?;
        let written = cache.write(pos, &k[..n * width], &v[..n * width]);
        written.map_err(|bytes| BackendError::OutOfMemory { what: "the KV cache".to_owned(), bytes })
    }

    fn attention(
        &mut self,
        q: &Vec<f32>,
        cache: &KvCache,
        params: &AttentionParams,
        out: &mut Vec<f32>,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let (p, shape) = (*params, cache.shape());
        let end = pos.saturating_add(n);
        let fits = q.len().min(out.len()) >= area(n, area(p.n_heads, p.head_dim)) && end <= cache.written();
        let heads =
            (p.n_kv_heads, p.head_dim) == (shape.n_kv_heads, shape.head_dim) && p.n_heads.is_multiple_of(p.n_kv_heads);
        check("attention", fits && heads && p.window != Some(0), || {
            format!("{n} queries at {pos}: {p:?} over {shape:?}")
        })?;
        let a = Attention { q, cache, params: p, pos, n };
        let seen: usize = (0..n).map(|token| a.sight(token).len()).sum();
        let parts = self.pool.parts(area(seen, area(p.n_heads, 2 * p.head_dim)), FEW_PRODUCTS);
        if n == 1 && parts > 1 && seen > CHUNK {
            let parts = parts.div_ceil(p.n_kv_heads).min(seen / CHUNK).min(MOST_PARTS);
            return self.attention_in_parts(&a, parts, out);
        }
        let out = Output::new(out, n, area(p.n_heads, p.head_dim), a.group() * p.head_dim);
        let each =
            out.split(parts, 1).flat_map(|out| out.split_tokens(parts.div_ceil(p.n_kv_heads), attention::QUERIES));
        self.pool.for_each(each, |mut out| (self.kernels.attention)(&a, None, &mut out));
        Ok(())
    }

    fn swiglu(&mut self, gate: &mut Vec<f32>, up: &Vec<f32>, len: usize) -> Result<()> {
        check("swiglu", gate.len().min(up.len()) >= len, || format!("{len} elements do not fit"))?;
        let step = self.elements_of_a_part(len);
        let parts = gate[..len].chunks_mut(step).zip(up[..len].chunks(step));
        self.pool.for_each(parts, |(gate, up)| (self.kernels.swiglu)(gate, up));
        Ok(())
    }

    fn geglu(&mut self, gate: &mut Vec<f32>, up: &Vec<f32>, len: usize) -> Result<()> {
        check("geglu", gate.len().min(up.len()) >= len, || format!("{len} elements do not fit"))?;
        let step = self.elements_of_a_part(len);
        let parts = gate[..len].chunks_mut(step).zip(up[..len].chunks(step));
        self.pool.for_each(parts, |(gate, up)| (self.kernels.geglu)(gate, up));
        Ok(())
    }

    fn gelu(&mut self, x: &mut Vec<f32>, len: usize) -> Result<()> {
        check("gelu", x.len() >= len, || format!("{len} elements do not fit"))?;
        let step = self.elements_of_a_part(len);
        self.pool.for_each(x[..len].chunks_mut(step), |x| (self.kernels.gelu)(x));
        Ok(())
    }

    fn zero(&mut self, x: &mut Vec<f32>, len: usize) -> Result<()> {
        check("zero", x.len() >= len, || format!("{len} elements do not fit"))?;
        x[..len].fill(0.0);
        Ok(())
    }

    fn scale(&mut self, x: &mut Vec<f32>, factor: f32, len: usize) -> Result<()> {
        check("scale", x.len() >= len, || format!("{len} elements do not fit"))?;
        x[..len].iter_mut().for_each(|x| *x *= factor);
        Ok(())
    }

    fn softcap(&mut self, x: &mut Vec<f32>, cap: f32, len: usize) -> Result<()> {
        check("softcap", x.len() >= len, || format!("{len} elements do not fit"))?;
        (self.kernels.softcap)(&mut x[..len], cap);
        Ok(())
    }

    fn short_conv(
        &mut self,
        bcx: &Vec<f32>,
        kernel: &Weight,
        history: &mut Vec<f32>,
        out: &mut Vec<f32>,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let kernel = vector("short_conv", kernel)?;
        let ShortConvShape { width, taps, rows } = shape;
        let fits = bcx.len() >= area(n, area(3, width)) && out.len() >= area(n, width) && width > 0;
        let state = history.len() == area(rows, width) && rows >= taps;
        check("short_conv", fits && state && taps > 0 && kernel.len() == area(width, taps), || {
            format!("{n} tokens at {pos}: {shape:?}, {} weights", kernel.len())
        })?;
        for (i, (bcx, out)) in bcx.chunks_exact(3 * width).zip(out.chunks_exact_mut(width)).take(n).enumerate() {
            short_conv(bcx, kernel, history, out, shape, pos + i);
        }
        Ok(())
    }

    fn gather(&mut self, x: &Vec<f32>, rows: &[u32], width: usize, out: &mut Vec<f32>) -> Result<()> {
        let inside = rows.iter().all(|row| area(*row as usize + 1, width) <= x.len());
        check("gather", inside && area(rows.len(), width) <= out.len() && width > 0, || {
            format!("rows {rows:?} of {width} do not fit")
        })?;
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
        let inside = rows.iter().all(|row| area(*row as usize + 1, width) <= out.len());
        let fits = inside && area(rows.len(), width) <= x.len() && width > 0 && rows.len() == factors.len();
        check("scatter_add", fits, || format!("rows {rows:?} of {width} do not fit"))?;
        for ((x, row), factor) in x.chunks_exact(width).zip(rows).zip(factors) {
            let out = &mut out[*row as usize * width..][..width];
            out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
        }
        Ok(())
    }

    fn add(&mut self, x: &mut Vec<f32>, y: &Vec<f32>, len: usize) -> Result<()> {
        check("add", x.len().min(y.len()) >= len, || format!("{len} elements do not fit"))?;
        x[..len].iter_mut().zip(&y[..len]).for_each(|(x, y)| *x += y);
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

/// Rows and row length of a matrix, or the error that `op` was given a vector.
fn matrix(op: &'static str, weight: &Weight) -> Result<(usize, usize)> {
    weight.shape().ok_or_else(|| BackendError::Shape { op, what: "the weight is no matrix".to_owned() })
}

/// The values of a vector, or the error that `op` was given a matrix.
fn vector<'a>(op: &'static str, weight: &'a Weight) -> Result<&'a [f32]> {
    match weight {
        Weight::Vector(values) => Ok(values),
        _ => Err(BackendError::Shape { op, what: "the weight is a matrix".to_owned() }),
    }
}
