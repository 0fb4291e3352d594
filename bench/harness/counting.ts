/** Counts what a page asks of WebGPU, whoever asks. */
export interface Counts {
  /** `dispatchWorkgroups` calls, direct and indirect. */
  dispatches: number;
  /** Copies and clears within command buffers. */
  copies: number;
  /** `writeBuffer` and `writeTexture` calls. */
  writes: number;
  passes: number;
  submits: number;
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

const watched = (): [Methods, string[], keyof Counts][] => {
  const methods = (of: { prototype: unknown }): Methods => of.prototype as Methods;
  const pass = methods(GPUComputePassEncoder);
  const encoder = methods(GPUCommandEncoder);
  const queue = methods(GPUQueue);
  const copies = ['copyBufferToBuffer', 'copyBufferToTexture', 'copyTextureToBuffer', 'copyTextureToTexture'];
  return [
    [pass, ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'], 'dispatches'],
    [encoder, [...copies, 'clearBuffer'], 'copies'],
    [queue, ['writeBuffer', 'writeTexture'], 'writes'],
    [encoder, ['beginComputePass'], 'passes'],
    [queue, ['submit'], 'submits'],
  ];
};

/** What `work` asks for until it resolves. */
export async function count(work: () => Promise<void>): Promise<Counts> {
  const counts: Counts = { dispatches: 0, copies: 0, writes: 0, passes: 0, submits: 0 };
  const undo: (() => void)[] = [];
  for (const [methods, names, kind] of watched())
    for (const name of names) {
      const original = methods[name];
      if (!original) continue;
      methods[name] = function (this: unknown, ...args: unknown[]) {
        counts[kind] += 1;
        return original.apply(this, args);
      };
      undo.push(() => (methods[name] = original));
    }
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return counts;
}
