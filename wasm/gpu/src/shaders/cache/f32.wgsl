// A cell is four elements as they are.
alias Cell = vec4<f32>;

fn pack(x: vec4<f32>) -> Cell {
    return x;
}

fn unpack(cell: Cell) -> vec4<f32> {
    return cell;
}
