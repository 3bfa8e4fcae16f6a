// A workgroup's number: more than 65,535 of them lie in rows.
fn group_index(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.x + group.y * groups.x;
}
