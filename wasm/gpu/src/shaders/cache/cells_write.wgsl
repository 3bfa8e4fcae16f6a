// Quad `unit` of what begins at `start` of `source`, to row `row`.
fn store(row: u32, unit: u32, source: u32, start: u32) {
    cache[row * params.row_len + unit] = pack(fresh_quad(source, start, unit));
}
