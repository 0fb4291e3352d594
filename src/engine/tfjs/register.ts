/** Puts the engine's operations on a backend of TensorFlow.js. */
import {
  backend,
  getBackend,
  getGradient,
  ready,
  registerGradient,
  registerKernel,
  setBackend,
  unregisterKernel,
  type GradConfig,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { probeDevices } from '../probe';
import { traitsOf } from '../webgpu/traits';
import type { WasmOptions } from '../wasm/executor';
import { defaultLimits, type Bridge, type BridgeMemory, type CacheLimits } from './bridge';
import type { Call, Kernel } from './kernel';
import { kernels } from './kernels';
import { WasmBridge } from './wasm';
import { WebGpuBridge } from './webgpu';

/** The kernels on one backend. */
export interface LetheKernels {
  /** What their programs hold: scratch, constants, and on WASM the copies of tensors. */
  memory(): BridgeMemory;
  /** Takes the kernels off the backend and frees what they hold. Tensors stay. */
  dispose(): void;
}

export interface LetheKernelOptions {
  /** How many programs are kept, and how many bytes of theirs; by default 256 and 256 MiB. */
  cache?: Partial<CacheLimits>;
  /** Threads of our WebAssembly module; by default one for each core up to 8, where the page is cross-origin isolated. */
  wasm?: WasmOptions;
}

/**
 * Makes a backend of TensorFlow.js the active one and registers the engine's operations there as kernels, with
 * their gradients. The package of the backend must have been imported.
 *
 * On `webgpu` kernels run on the tensors' own buffers. On `wasm` they run in a module of ours with a memory of its
 * own, and tensors are copied there and back. Gradients are of first order.
 * @throws Error when the backend doesn't start or has the kernels already
 */
export async function registerLetheKernels(
  backendName: 'webgpu' | 'wasm',
  options: LetheKernelOptions = {},
): Promise<LetheKernels> {
  if (!(await setBackend(backendName))) throw new Error(`TensorFlow.js has no backend '${backendName}' here`);
  await ready();
  if (getBackend() !== backendName)
    throw new Error(`TensorFlow.js took '${getBackend()}', not '${backendName}'`);
  const bridge = await open(backendName, { ...defaultLimits, ...options.cache }, options.wasm ?? {});
  for (const kernel of kernels) {
    registerKernel(kernelConfig(kernel, backendName, bridge));
    // Typed as always there; they are for all backends.
    if (!(getGradient(kernel.name) as GradConfig | undefined)) registerGradientOf(kernel);
  }
  return {
    memory: () => bridge.memory(),
    dispose: () => {
      for (const { name } of kernels) unregisterKernel(name, backendName);
      bridge.dispose();
    },
  };
}

async function open(name: 'webgpu' | 'wasm', limits: CacheLimits, wasm: WasmOptions): Promise<Bridge> {
  if (name === 'wasm') return WasmBridge.open(backend(), limits, wasm);
  const gpu = backend() as unknown as WebGPUBackend;
  const { software } = (await probeDevices()).webgpu;
  return new WebGpuBridge(gpu, traitsOf(gpu.device, { software }), limits);
}

const callOf = (attrs: unknown): Call => attrs as Call;

function kernelConfig(kernel: Kernel, backendName: string, bridge: Bridge): KernelConfig {
  return {
    kernelName: kernel.name,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const present = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
      return bridge.run(kernel, Object.fromEntries(present) as Parameters<Bridge['run']>[1], callOf(attrs));
    },
  };
}

function registerGradientOf({ name, gradient }: Kernel): void {
  if (!gradient) return;
  registerGradient({
    kernelName: name,
    inputsToSave: [...gradient.inputs],
    outputsToSave: [...(gradient.results ?? [])],
    gradFunc: (dy: Tensor | Tensor[], saved: Tensor[], attrs: NamedAttrMap) => {
      const { attributes, numbers } = callOf(attrs);
      return gradient.of([dy].flat(), saved, attributes, numbers);
    },
  });
}
