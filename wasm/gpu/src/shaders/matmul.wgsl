// A matrix by many tokens, in tiles of TILE_ROWS rows and TILE_TOKENS tokens, a unit of 32 at a time. Half of the invocations
// decode weights while the others fetch activations; then each multiplies 4 rows by 4 tokens. Which tokens a tile has, and where
// its products go, is for matmul_tokens.wgsl or experts_tiles.wgsl to say.
const TILE_ROWS = 64u;
const TILE_TOKENS = 32u;
const STRIDE = 9u; // 8 vectors and one that keeps neighbours out of each other's bank

var<workgroup> weights: array<vec4<Scalar>, 576>; // [TILE_ROWS, STRIDE]
var<workgroup> inputs: array<vec4<Scalar>, 288>;  // [TILE_TOKENS, STRIDE]

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let first_row = group.x * TILE_ROWS;
    let tile = tile_of(group.y);
    if (tile.tokens == 0u) {
        return;
    }
    let r = index / 8u; // rows r, r + 16, r + 32, r + 48
    let t = index % 8u; // tokens t, t + 8, t + 16, t + 24
    var sums: array<vec4<f32>, 4>; // [token][row]
    for (var unit = 0u; unit < params.units; unit++) {
        if (index < TILE_ROWS) {
            let row = min(first_row + index, params.rows - 1u);
            let w = decode((tile.first_row + row) * params.units + unit);
            for (var i = 0u; i < 8u; i++) {
                weights[index * STRIDE + i] = vec4<Scalar>(w[i]);
            }
        } else {
            for (var i = 0u; i < 4u; i++) {
                let at = index - TILE_ROWS + 64u * i;
                let token = source(tile.first_token + min(at / 8u, tile.tokens - 1u));
                inputs[at / 8u * STRIDE + at % 8u] = vec4<Scalar>(input(token, unit * 8u + at % 8u));
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
        let token = t + 8u * j;
        for (var i = 0u; i < 4u; i++) {
            let row = first_row + r + 16u * i;
            if (token < tile.tokens && row < params.rows) {
                leave(tile.first_token + token, row, sums[j][i]);
            }
        }
    }
}
