// A dispatch of more than 65,535 workgroups is laid out in two dimensions; kernels count its workgroups in one.

fn linear_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.y * groups.x + group.x;
}
