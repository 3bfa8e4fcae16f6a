// Attention of ROWS rows over one part of the positions, with a running maximum (Milakov & Gimelshein 2018; Dao et al. 2022). A
// row is a query head of a token; the rows of a workgroup share a key head, so that its keys and values are read once for all
// of them. KEYS positions at a time:
//   tile = keys; scores = query · keys; tile = values; shares = exp(scores - the greatest so far); result += shares · values
// With PARTS the result is left undivided beside its maximum and its sum, for attention_merge.wgsl.
struct Params {
    n: u32,         // tokens
    pos: u32,       // position of the first
    heads: u32,     // query heads
    kv_heads: u32,
    row_len: u32,   // cells of a row of the cache
    window: u32,    // 0: none
    causal: u32,
    part_len: u32,  // positions of a part
    first: u32,     // position of the first part
    first_tile: u32, // of ROWS rows each
    scale: f32,
    softcap: f32,   // 0: none
}
@group(0) @binding(0) var<storage, read> q: array<f32>;      // [n, heads, DIM]
@group(0) @binding(1) var<storage, read> cache: array<Cell>; // [positions, keys and values, kv_heads, row_len]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [n, heads, DIM]; PARTS: [n, heads, parts, DIM + 2]
@group(0) @binding(3) var<uniform> params: Params;

const LEAST = -3.0e38;     // no score
const STRIDE = QUADS | 1u; // an odd number of quads keeps neighbours out of each other's bank
const SCORES_STRIDE = KEYS + 1u;
// Scores: an invocation has one position, each SCORE_BANDS-th row, and each SPLITS-th quad.
const ROWS_SCORED = ROWS / SCORE_BANDS;
const SPLITS = GROUP / KEYS / SCORE_BANDS;
// Values: an invocation has each COLUMNS-th quad, and each BANDS-th row.
const BANDS = GROUP / COLUMNS;
const ROWS_SUMMED = (ROWS + BANDS - 1u) / BANDS;
const QUADS_SUMMED = (QUADS + COLUMNS - 1u) / COLUMNS;

var<workgroup> query: array<vec4<f32>, ROWS * QUADS>;
var<workgroup> tile: array<vec4<f32>, KEYS * STRIDE>;
var<workgroup> scores: array<f32, SPLITS * ROWS * SCORES_STRIDE>;
var<workgroup> greatest: array<atomic<i32>, ROWS>; // so far, ordered
var<workgroup> sights: array<vec2<u32>, ROWS>;     // the first position seen, and the one after the last

// What an integer of ordered.wgsl stands for.
fn unordered(x: i32) -> f32 {
    return bitcast<f32>(x ^ ((x >> 31u) & 0x7fffffff));
}

// The first position a token sees, and the one after the last.
fn sight(token: u32) -> vec2<u32> {
    let next = params.pos + token + 1u;
    let first = select(0u, next - min(params.window, next), params.window > 0u);
    return vec2<u32>(first, select(params.pos + params.n, next, params.causal == 1u));
}

// KEYS positions from `base` on, none from `end` on, into the tile.
fn fetch(base: u32, end: u32, source: u32, kv_head: u32, index: u32) {
    for (var s = index; s < KEYS * QUADS; s += GROUP) {
        let position = base + s / QUADS;
        var x = vec4<f32>(0.0);
        if (position < end) {
            x = cached(cache_row(position, source, kv_head), s % QUADS);
        }
        tile[s / QUADS * STRIDE + s % QUADS] = x;
    }
}

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let kv_head = group.x;
    let share = params.heads / params.kv_heads; // query heads that share a key head
    let first_row = (params.first_tile + group.y) * ROWS;
    let rows = min(ROWS, params.n * share - first_row);
    let part_start = params.first + group.z * params.part_len;
    let begin = max(part_start, sight(first_row / share).x);
    let end = min(part_start + params.part_len, sight((first_row + rows - 1u) / share).y);

    for (var s = index; s < ROWS * QUADS; s += GROUP) {
        let row = s / QUADS;
        var x = vec4<f32>(0.0);
        if (row < rows) {
            let start = head_of(first_row + row, share, kv_head) * DIM;
            for (var e = 0u; e < 4u; e++) {
                let d = s % QUADS * 4u + e;
                if (d < DIM) {
                    x[e] = q[start + d] * params.scale;
                }
            }
        }
        query[s] = x;
    }
    for (var row = index; row < ROWS; row += GROUP) {
        atomicStore(&greatest[row], ordered(LEAST));
        sights[row] = select(vec2<u32>(0u), sight((first_row + row) / share), row < rows);
    }
    let position = index % KEYS;
    let score_band = index / KEYS % SCORE_BANDS;
    let split = index / KEYS / SCORE_BANDS;
    let column = index % COLUMNS;
    let band = select(ROWS, index / COLUMNS, index < BANDS * COLUMNS); // ROWS: nothing is left for it
    var results: array<vec4<f32>, ROWS_SUMMED * QUADS_SUMMED>;
    var sums: array<f32, ROWS_SUMMED>;
    var before: array<f32, ROWS_SUMMED>; // the greatest of the positions that are summed
    for (var j = 0u; j < ROWS_SUMMED; j++) {
        before[j] = LEAST;
    }
    for (var base = begin; base < end; base += KEYS) {
        fetch(base, end, 0u, kv_head, index);
        workgroupBarrier();
        var products = array<f32, ROWS_SCORED>(); // explicitly: Chromium does not clear it again in each round
        for (var i = split; i < QUADS; i += SPLITS) {
            let key = tile[position * STRIDE + i];
            for (var j = 0u; j < ROWS_SCORED; j++) {
                products[j] += dot(query[(score_band + j * SCORE_BANDS) * QUADS + i], key);
            }
        }
        for (var j = 0u; j < ROWS_SCORED; j++) {
            scores[(split * ROWS + score_band + j * SCORE_BANDS) * SCORES_STRIDE + position] = products[j];
        }
        workgroupBarrier();
        fetch(base, end, 1u, kv_head, index);
        for (var s = index; s < ROWS * KEYS; s += GROUP) {
            let row = s / KEYS;
            let at = row * SCORES_STRIDE + s % KEYS;
            var score = scores[at];
            for (var other = 1u; other < SPLITS; other++) {
                score += scores[at + other * ROWS * SCORES_STRIDE];
            }
            if (params.softcap > 0.0) {
                score = params.softcap * bounded_tanh(score / params.softcap);
            }
            let seen = base + s % KEYS >= sights[row].x && base + s % KEYS < min(end, sights[row].y);
            score = select(LEAST, score, seen);
            scores[at] = score;
            atomicMax(&greatest[row], ordered(score));
        }
        workgroupBarrier();
        for (var s = index; s < ROWS * KEYS; s += GROUP) {
            let at = s / KEYS * SCORES_STRIDE + s % KEYS;
            let score = scores[at];
            scores[at] = select(0.0, exp(score - unordered(atomicLoad(&greatest[s / KEYS]))), score > LEAST);
        }
        workgroupBarrier();
        for (var j = 0u; j < ROWS_SUMMED; j++) {
            let now = unordered(atomicLoad(&greatest[min(band + j * BANDS, ROWS - 1u)]));
            let factor = exp(max(before[j] - now, -100.0));
            before[j] = now;
            sums[j] *= factor;
            for (var c = 0u; c < QUADS_SUMMED; c++) {
                results[j * QUADS_SUMMED + c] *= factor;
            }
        }
        for (var p = 0u; p < KEYS; p++) {
            for (var c = 0u; c < QUADS_SUMMED; c++) {
                let value = tile[p * STRIDE + min(column + c * COLUMNS, QUADS - 1u)];
                for (var j = 0u; j < ROWS_SUMMED; j++) {
                    let weight = scores[min(band + j * BANDS, ROWS - 1u) * SCORES_STRIDE + p];
                    sums[j] += select(0.0, weight, c == 0u);
                    results[j * QUADS_SUMMED + c] += weight * value;
                }
            }
        }
        workgroupBarrier();
    }
    for (var j = 0u; j < ROWS_SUMMED; j++) {
        let row = band + j * BANDS;
        if (row >= rows) {
            break;
        }
        let head = head_of(first_row + row, share, kv_head);
        let start = select(head * DIM, (head * groups.z + group.z) * (DIM + 2u), PARTS);
        let divisor = select(sums[j], 1.0, PARTS);
        for (var c = 0u; c < QUADS_SUMMED; c++) {
            for (var e = 0u; e < 4u; e++) {
                let d = (column + c * COLUMNS) * 4u + e;
                if (d < DIM) {
                    out[start + d] = results[j * QUADS_SUMMED + c][e] / divisor;
                }
            }
        }
        if (PARTS && column == 0u) {
            out[start + DIM] = before[j];
            out[start + DIM + 1u] = sums[j];
        }
    }
}

// The head, counted over all tokens, that row `row` of a key head's is.
fn head_of(row: u32, share: u32, kv_head: u32) -> u32 {
    return row / share * params.heads + kv_head * share + row % share;
}
