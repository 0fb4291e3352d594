// How much of an operation is one task: enough that taking it costs nothing, little enough to share out.

/** Elements of a task of an elementwise operation. */
export const CHUNK: i32 = 8192;

// @ts-ignore: decorator
@inline
export function ceilDiv(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}

/** Rows of a task where a row is `dim` long. */
// @ts-ignore: decorator
@inline
export function rowsOfTask(dim: i32): i32 {
  return max(1, CHUNK / dim);
}
