// How a kernel reads its instruction: words in the order of its spec, views (as byte addresses) first, then
// ints, then floats. The index counts over all three.

// @ts-ignore: decorator
@inline
export function view(args: usize, index: i32): usize {
  return load<usize>(args + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function int(args: usize, index: i32): i32 {
  return load<i32>(args + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function float(args: usize, index: i32): f32 {
  return load<f32>(args + (<usize>index << 2));
}
