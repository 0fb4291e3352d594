/** The compiled kernels, and which of them this browser can run. */

export type KernelVariant = 'simd' | 'relaxed' | 'simd-threads' | 'relaxed-threads';

export interface KernelExports {
  start(thread: number, threads: number, canSleep: number): void;
  workspaceFor(program: number, count: number): number;
  run(program: number, count: number, workspace: number, workspaceBytes: number): number;
  serve(): void;
}

const sources: Record<KernelVariant, () => Promise<{ default: string }>> = {
  simd: () => import('virtual:wasm-kernels/simd'),
  relaxed: () => import('virtual:wasm-kernels/relaxed'),
  'simd-threads': () => import('virtual:wasm-kernels/simd-threads'),
  'relaxed-threads': () => import('virtual:wasm-kernels/relaxed-threads'),
};

const splat = [0x41, 1, 0xfd, 0x0f]; // i32.const 1, i8x16.splat

/** A module with one function () -> v128 of these instructions. */
function probe(...instructions: number[]): boolean {
  const body = [0, ...instructions, 0x0b];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  const code = [10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(new Uint8Array([...header, ...types, ...functions, ...code]));
}

export const hasSimd = (): boolean => probe(...splat);
/** f32x4.relaxed_madd */
export const hasRelaxedSimd = (): boolean => probe(...splat, ...splat, ...splat, 0xfd, 0x85, 2);

/**
 * The best variant here.
 * @throws Error when the browser has no WebAssembly SIMD
 */
export function bestVariant(threads: number): KernelVariant {
  if (!hasSimd()) throw new Error('this browser has no WebAssembly SIMD, which training on WASM needs');
  if (hasRelaxedSimd()) return threads > 1 ? 'relaxed-threads' : 'relaxed';
  return threads > 1 ? 'simd-threads' : 'simd';
}

export async function compileKernels(variant: KernelVariant): Promise<WebAssembly.Module> {
  const { default: base64 } = await sources[variant]();
  return WebAssembly.compile(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}
