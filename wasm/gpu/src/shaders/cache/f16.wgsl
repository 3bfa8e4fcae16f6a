// A cell is four halves.
alias Cell = vec2<u32>;

fn pack(x: vec4<f32>) -> Cell {
    return vec2<u32>(half_bits(x.x) | (half_bits(x.y) << 16u), half_bits(x.z) | (half_bits(x.w) << 16u));
}

fn unpack(cell: Cell) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(cell.x), unpack2x16float(cell.y));
}
