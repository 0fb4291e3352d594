/** Commands of a program, made once and encoded at every run. */
import type { View } from '../program/program';
import { bindingBytes, type PlannedLaunch } from './load';
import type { Pipelines } from './pipelines';

export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

/** Zeroes a range, in bytes. */
export interface Clear {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Binds the buffers of a launch; `find` tells which each view lies in. */
export function bindLaunch(
  device: GPUDevice,
  pipelines: Pipelines,
  { request, views }: PlannedLaunch,
  uniforms: GPUBufferBinding,
  find: (view: View) => GPUBuffer,
): GPUBindGroup {
  return device.createBindGroup({
    label: request.operation,
    layout: pipelines.layout(request.bindings),
    entries: [
      { binding: 0, resource: uniforms },
      ...request.bindings.map((binding, i) => {
        const view = views[i]!;
        const resource = { buffer: find(view), offset: view.offset * 4, size: bindingBytes(view, binding) };
        return { binding: i + 1, resource };
      }),
    ],
  });
}

/** Launches go into as few passes as they can: zeroing is no part of a pass. */
export function encodeCommands(encoder: GPUCommandEncoder, commands: readonly (Command | Clear)[]): void {
  let pass: GPUComputePassEncoder | undefined;
  let pipeline: GPUComputePipeline | undefined;
  for (const command of commands) {
    if ('size' in command) {
      pass?.end();
      pass = undefined;
      encoder.clearBuffer(command.buffer, command.offset, command.size);
      continue;
    }
    if (!pass) {
      pass = encoder.beginComputePass();
      pipeline = undefined;
    }
    if (pipeline !== command.pipeline) {
      pipeline = command.pipeline;
      pass.setPipeline(pipeline);
    }
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(command.x, command.y);
  }
  pass?.end();
}
