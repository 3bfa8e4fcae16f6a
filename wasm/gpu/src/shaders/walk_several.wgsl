// TOKENS tokens from `first` on by ROWS rows from `row` on: LANES invocations walk them together. The rows' units are decoded once and
// held, and meet one token after the other.
var<private> sums: array<f32, TOKENS * ROWS>; // what this lane has found, [token][row]

fn walk(row: u32, first: u32, lane: u32) {
    for (var unit = lane; unit < params.units; unit += LANES) {
        var w: array<Unit, ROWS>;
        for (var r = 0u; r < ROWS; r++) {
            w[r] = row_unit(row, r, unit);
        }
        for (var t = 0u; t < TOKENS; t++) {
            let x = met(t, min(first + t, params.tokens - 1u), unit);
            for (var r = 0u; r < ROWS; r++) {
                sums[t * ROWS + r] += unit_product(w[r], x);
            }
        }
    }
}
