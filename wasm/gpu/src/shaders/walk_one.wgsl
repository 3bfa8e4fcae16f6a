// One token by ROWS rows from `row` on: LANES invocations walk them together. A unit's activations are held, and the rows decoded
// one after the other, so that no more than one decoded unit is.
var<private> sums: array<f32, ROWS>; // what this lane has found

fn walk(row: u32, token: u32, lane: u32) {
    for (var unit = lane; unit < params.units; unit += LANES) {
        let x = met(0u, token, unit);
        for (var r = 0u; r < ROWS; r++) {
            sums[r] += unit_product(row_unit(row, r, unit), x);
        }
    }
}
