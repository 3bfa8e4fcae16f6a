// A matrix by many tokens, of which quantize.wgsl has made bytes. Which tokens a tile has, and where its products go, is for
// matmul_tokens.wgsl to say.
//
// Tiles of 64 rows by 64 tokens, two units of 32 at a time: a row's unit is 48 bytes where floats take 128, so that in the memory
// of matmul.wgsl's tile there is room for twice the tokens, for which each weight is decoded once, and for twice the depth, with
// half the barriers. Half of the 256 invocations decode a unit of weights each while the others fetch one of activations; then
// each multiplies 4 rows by 4 tokens: few enough that what it holds stays in registers.
@group(0) @binding(2) var<storage, read> x: array<vec4<u32>>; // [tokens, units, 3]

const TILE_ROWS = 64u;
const TILE_TOKENS = 64u;
const DEPTH = 2u;  // units at a time
const STRIDE = 5u; // 4 vectors of these and one that keeps neighbours out of each other's bank

var<workgroup> weights: array<vec4<u32>, 320>;        // [TILE_ROWS, STRIDE]
var<workgroup> weight_factors: array<vec4<f32>, 128>; // [TILE_ROWS, DEPTH]
var<workgroup> inputs: array<vec4<u32>, 320>;         // [TILE_TOKENS, STRIDE]
var<workgroup> input_factors: array<vec4<f32>, 128>;  // [TILE_TOKENS, DEPTH]

fn weights_of(row: u32, unit: u32) -> PackedUnit {
    let at = row * STRIDE + unit * 2u;
    return PackedUnit(weights[at], weights[at + 1u], weight_factors[row * DEPTH + unit]);
}

fn inputs_of(token: u32, unit: u32) -> PackedUnit {
    let at = token * STRIDE + unit * 2u;
    return PackedUnit(inputs[at], inputs[at + 1u], input_factors[token * DEPTH + unit]);
}

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let first_row = group.x * TILE_ROWS;
    let tile = tile_of(group.y);
    let r = index / 8u % 16u;               // rows r, r + 16, r + 32, r + 48
    let t = index % 8u + index / 128u * 32u; // tokens t, t + 8, t + 16, t + 24
    // Of a few tokens, half of the workgroup has none.
    let idle = index / 128u * 32u >= tile.tokens;
    var sums: array<vec4<f32>, 4>; // [token][row]
    for (var first = 0u; first < params.units; first += DEPTH) {
        let own = index % 128u;
        let unit = first + own % DEPTH;
        let at = own / DEPTH * STRIDE + own % DEPTH * 2u;
        if (index < 128u) {
            // An odd number of units is filled up with weights of 0.
            var w = PackedUnit(vec4<u32>(0u), vec4<u32>(0u), vec4<f32>(0.0));
            if (unit < params.units) {
                w = decode_packed((tile.first_row + min(first_row + own / DEPTH, params.rows - 1u)) * params.units + unit);
            }
            weights[at] = w.low;
            weights[at + 1u] = w.high;
            weight_factors[own] = w.factors;
        } else {
            let token = source(tile.first_token + min(own / DEPTH, tile.tokens - 1u));
            let place = (token * params.units + min(unit, params.units - 1u)) * 3u;
            inputs[at] = x[place];
            inputs[at + 1u] = x[place + 1u];
            input_factors[own] = bitcast<vec4<f32>>(x[place + 2u]);
        }
        workgroupBarrier();
        for (var u = 0u; u < DEPTH && !idle; u++) {
            let w0 = weights_of(r, u);
            let w1 = weights_of(r + 16u, u);
            let w2 = weights_of(r + 32u, u);
            let w3 = weights_of(r + 48u, u);
            for (var j = 0u; j < 4u; j++) {
                let v = inputs_of(t + 8u * j, u);
                sums[j] += vec4<f32>(
                    packed_product(w0, v),
                    packed_product(w1, v),
                    packed_product(w2, v),
                    packed_product(w3, v),
                );
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
