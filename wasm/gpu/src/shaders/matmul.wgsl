// out[t] = W · x[t], or as much more, for many tokens, in tiles of TILE_ROWS rows and TILE_TOKENS tokens, a unit of 32 at a time. Half of
// the invocations decode weights while the others fetch activations; then each multiplies 4 rows by 4 tokens.
struct Params {
    rows: u32,       // of this part of the matrix
    units: u32,      // of a row
    width: u32,      // of a token's activations
    tokens: u32,
    out_width: u32,  // rows of the whole matrix
    out_first: u32,  // the part's first row
    add: u32,        // 1: to what is there
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, out_width]
@group(0) @binding(4) var<uniform> params: Params;

const TILE_ROWS = 64u;
const TILE_TOKENS = 32u;
const STRIDE = 9u; // 8 vectors and one that keeps neighbours out of each other's bank

var<workgroup> weights: array<vec4<Tile>, 576>; // [TILE_ROWS, STRIDE]
var<workgroup> inputs: array<vec4<Tile>, 288>;  // [TILE_TOKENS, STRIDE]

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let first_row = group.x * TILE_ROWS;
    let first_token = group.y * TILE_TOKENS;
    let r = index / 8u; // rows r, r + 16, r + 32, r + 48
    let t = index % 8u; // tokens t, t + 8, t + 16, t + 24
    var sums: array<vec4<f32>, 4>; // [token][row]
    for (var unit = 0u; unit < params.units; unit++) {
        if (index < TILE_ROWS) {
            let row = min(first_row + index, params.rows - 1u);
            let w = decode(row * params.units + unit);
            for (var i = 0u; i < 8u; i++) {
                weights[index * STRIDE + i] = vec4<Tile>(w[i]);
            }
        } else {
            for (var i = 0u; i < 4u; i++) {
                let at = index - TILE_ROWS + 64u * i;
                let token = min(first_token + at / 8u, params.tokens - 1u);
                inputs[at / 8u * STRIDE + at % 8u] = vec4<Tile>(input(token, unit * 8u + at % 8u));
            }
        }
        workgroupBarrier();
        for (var i = 0u; i < 8u; i++) {
            let w0 = vec4<f32>(weights[r * STRIDE + i]);
            let w1 = vec4<f32>(weights[(r + 16u) * STRIDE + i]);
            let w2 = vec4<f32>(weights[(r + 32u) * STRIDE + i]);
            let w3 = vec4<f32>(weights[(r + 48u) * STRIDE + i]);
            for (var j = 0u; j < 4u; j++) {
                let v = vec4<f32>(inputs[(t + 8u * j) * STRIDE + i]);
                sums[j] += vec4<f32>(dot(w0, v), dot(w1, v), dot(w2, v), dot(w3, v));
            }
        }
        workgroupBarrier();
    }
    for (var j = 0u; j < 4u; j++) {
        let token = first_token + t + 8u * j;
        for (var i = 0u; i < 4u; i++) {
            let row = first_row + r + 16u * i;
            if (token < params.tokens && row < params.rows) {
                let at = token * params.out_width + params.out_first + row;
                out[at] = sums[j][i] + select(0.0, out[at], params.add == 1u);
            }
        }
    }
}
