// The module's entry: the table of kernels and the loop over a program's instructions.
import { activation, activationGrad } from '../../ops/activation/wasm.as';
import {
  adafactorRows,
  adafactorColumns,
  adafactorMeans,
  adafactorSquares,
  adafactorNorms,
  adafactorApply,
} from '../../ops/adafactor/wasm.as';
import { adamw } from '../../ops/adamw/wasm.as';
import { argmax } from '../../ops/argmax/wasm.as';
import { attention } from '../../ops/attention/wasm.as';
import { attentionBiasGrad, attentionKeyValueGrad, attentionQueryGrad } from '../../ops/attention/wasmGrad.as';
import { attentionWorkspace } from '../../ops/attention/wasmShape.as';
import { combine, rescale } from '../../ops/combine/wasm.as';
import { crossEntropy } from '../../ops/crossEntropy/wasm.as';
import { dot, projection } from '../../ops/dot/wasm.as';
import { dropout } from '../../ops/dropout/wasm.as';
import { embedding, embeddingGrad } from '../../ops/embedding/wasm.as';
import { addSquares, penaltyGrad } from '../../ops/importance/wasm.as';
import { distillation, logitError } from '../../ops/logitMatch/wasm.as';
import { matmul, matmulWorkspace } from '../../ops/matmul/wasm.as';
import { overlap, overlapGrad } from '../../ops/overlap/wasm.as';
import { positionBias, positionBiasGrad } from '../../ops/positionBias/wasm.as';
import { rmsNorm, rmsNormGrad, rmsNormWeightGrad } from '../../ops/rmsNorm/wasm.as';
import { sampleLabels } from '../../ops/sampleLabels/wasm.as';
import { axpy, sumSquares, clipFactor, fill } from '../../ops/vector/wasm.as';
import { announce, barrier, enter, jobCount, jobProgram, nextJob } from './threads.as';

/** Numbers as in ../../program/opcodes.ts. False for a number that is not there. */
function dispatch(opcode: i32, args: usize): bool {
  switch (opcode) {
    case 0: matmul(args); return true;
    case 1: rmsNorm(args); return true;
    case 2: rmsNormGrad(args); return true;
    case 3: rmsNormWeightGrad(args); return true;
    case 4: attention(args); return true;
    case 5: attentionQueryGrad(args); return true;
    case 6: attentionKeyValueGrad(args); return true;
    case 7: attentionBiasGrad(args); return true;
    case 8: positionBias(args); return true;
    case 9: positionBiasGrad(args); return true;
    case 10: embedding(args); return true;
    case 11: embeddingGrad(args); return true;
    case 12: activation(args); return true;
    case 13: activationGrad(args); return true;
    case 14: dropout(args); return true;
    case 15: crossEntropy(args); return true;
    case 16: axpy(args); return true;
    case 17: sumSquares(args); return true;
    case 18: clipFactor(args); return true;
    case 19: adamw(args); return true;
    case 20: argmax(args); return true;
    case 21: fill(args); return true;
    case 22: adafactorRows(args); return true;
    case 23: adafactorColumns(args); return true;
    case 24: adafactorMeans(args); return true;
    case 25: adafactorSquares(args); return true;
    case 26: adafactorNorms(args); return true;
    case 27: adafactorApply(args); return true;
    case 28: combine(args); return true;
    case 29: rescale(args); return true;
    case 30: addSquares(args); return true;
    case 31: penaltyGrad(args); return true;
    case 32: dot(args); return true;
    case 33: projection(args); return true;
    case 34: distillation(args); return true;
    case 35: logitError(args); return true;
    case 36: sampleLabels(args); return true;
    case 37: overlap(args); return true;
    case 38: overlapGrad(args); return true;
    default: return false;
  }
}

/** An instruction is [opcode, words in all, arguments...]. */
function execute(program: usize, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    if (!dispatch(load<i32>(program), program + 8)) return i + 1;
    program += (<usize>load<i32>(program, 4)) << 2;
    if (!barrier()) return -1;
  }
  return 0;
}

/** Bytes that an instruction needs beside its views. */
function workspaceOf(opcode: i32, args: usize): usize {
  switch (opcode) {
    case 0: return matmulWorkspace(args);
    case 4: return attentionWorkspace(args, 7);
    case 5:
    case 6: return attentionWorkspace(args, 6);
    default: return 0;
  }
}

/** Bytes of workspace that each thread needs for a program. */
export function workspaceFor(program: usize, count: i32): usize {
  let bytes: usize = 64;
  for (let i = 0; i < count; i++) {
    bytes = max(bytes, workspaceOf(load<i32>(program), program + 8));
    program += (<usize>load<i32>(program, 4)) << 2;
  }
  return bytes;
}

/** Prepares this instance as one of `threads` threads. */
export function start(thread: i32, threads: i32, canSleep: bool): void {
  enter(thread, threads, canSleep);
}

/**
 * Runs a program on thread 0, with the helpers' help.
 * @returns 0, or 1 + the place of an instruction with an unknown opcode, or −1 when a helper has died
 */
export function run(program: usize, count: i32, workspace: usize, workspaceBytes: usize): i32 {
  announce(program, count, workspace, workspaceBytes);
  return execute(program, count);
}

/** A helper's life: job after job, until it is ended from outside. */
export function serve(): void {
  let job = 0;
  while (true) {
    job = nextJob(job);
    if (job < 0) return;
    execute(jobProgram(), jobCount());
  }
}
