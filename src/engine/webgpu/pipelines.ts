/** Compiles shaders, each once for a device. */
import type { Launch, Uniform } from './kernel';
import { shaderText, type ShaderBinding } from './wgsl';

/** What a launch needs of its pipeline. */
export interface PipelineRequest {
  readonly operation: string;
  readonly launch: Launch;
  readonly bindings: readonly ShaderBinding[];
  readonly uniforms: readonly Uniform[];
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #compiled = new Map<string, Promise<GPUComputePipeline>>();
  readonly #now = new Map<string, GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The same key gives the same pipeline: operation, variant, and how its buffers are bound. */
  key({ operation, launch, bindings }: PipelineRequest): string {
    return `${operation}/${launch.variant}/${bindings
      .map(({ name, type, writable }) => `${name}:${type}${writable ? '!' : ''}`)
      .join(',')}`;
  }

  /** Whether it is compiled, or about to be. */
  has(key: string): boolean {
    return this.#compiled.has(key);
  }

  layout(bindings: readonly ShaderBinding[]): GPUBindGroupLayout {
    const key = bindings.map(({ writable }) => (writable ? 'w' : 'r')).join('');
    const known = this.#layouts.get(key);
    if (known) return known;
    const visibility = GPUShaderStage.COMPUTE;
    const layout = this.#device.createBindGroupLayout({
      label: `lethe ${key}`,
      entries: [
        { binding: 0, visibility, buffer: { type: 'uniform' } },
        ...bindings.map(({ writable }, i) => ({
          binding: i + 1,
          visibility,
          buffer: { type: writable ? ('storage' as const) : ('read-only-storage' as const) },
        })),
      ],
    });
    this.#layouts.set(key, layout);
    return layout;
  }

  /** @throws Error with the compiler's messages and the shader when it doesn't compile */
  compile(request: PipelineRequest): Promise<GPUComputePipeline> {
    const key = this.key(request);
    const known = this.#compiled.get(key);
    if (known) return known;
    const compiling = this.#compile(key, request);
    this.#compiled.set(key, compiling);
    compiling.catch(() => this.#compiled.delete(key));
    return compiling;
  }

  /** Without waiting: what doesn't compile is an error that the device reports later. */
  compileNow(request: PipelineRequest): GPUComputePipeline {
    const key = this.key(request);
    const known = this.#now.get(key);
    if (known) return known;
    const device = this.#device;
    const code = shaderText(request.launch, request.bindings, request.uniforms);
    const pipeline = device.createComputePipeline({
      label: key,
      layout: device.createPipelineLayout({ bindGroupLayouts: [this.layout(request.bindings)] }),
      compute: { module: device.createShaderModule({ label: key, code }), entryPoint: 'main' },
    });
    this.#now.set(key, pipeline);
    return pipeline;
  }

  async #compile(key: string, request: PipelineRequest): Promise<GPUComputePipeline> {
    const device = this.#device;
    const code = shaderText(request.launch, request.bindings, request.uniforms);
    // The error of a bad module would else be reported a second time, as one that nobody asked about.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: key, code });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [this.layout(request.bindings)] });
    const moduleError = device.popErrorScope();
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: key,
        layout,
        compute: { module, entryPoint: 'main' },
      });
      await moduleError;
      return pipeline;
    } catch (cause) {
      const [error, info] = await Promise.all([moduleError, module.getCompilationInfo()]);
      const messages = info.messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('\n');
      const reason = error?.message ?? (cause instanceof Error ? cause.message : String(cause));
      throw new Error(`The shader ${key} did not compile: ${reason}\n${messages}`, { cause });
    }
  }
}
