/** What this machine has for a run, in a few words each: the strip of the first screen. */
import type { DeviceProbe } from '../../worker/protocol';
import { bytes } from '../format';
import { spoken } from '../spoken.svelte';

export interface Check {
  id: 'device' | 'memory' | 'model' | 'storage' | 'offline';
  label: string;
  value: string;
  /** More, for whoever asks. */
  detail: string;
  /** `wait` is not known yet; `less` works, with something missing. */
  state: 'good' | 'less' | 'wait';
}

export interface Machine {
  probe: DeviceProbe | null;
  /** GiB, where the browser tells. */
  memory: number | undefined;
  /** Whether the bundled model is kept here. */
  cached: boolean;
  modelBytes: number;
  usage: { used: number; quota: number | null } | null;
  offline: boolean;
  /** Whether the browser has service workers for this page. */
  canBeOffline: boolean;
}

export function preflight(machine: Machine): Check[] {
  return [device(machine), memory(machine), model(machine), storage(machine), offline(machine)];
}

function device({ probe }: Machine): Check {
  const check = { id: 'device', label: 'Computes on' } as const;
  if (!probe)
    return { ...check, value: 'looking…', detail: 'The browser is asked what it has.', state: 'wait' };
  const { webgpu, wasm, choice } = probe;
  if (choice === 'webgpu')
    return { ...check, value: 'WebGPU', detail: `${spoken(webgpu.description)}.`, state: 'good' };
  const threads = wasm.threads > 1 ? `WASM, ${wasm.threads} threads` : 'WASM, one thread';
  const without = webgpu.available
    ? 'The only GPU is emulated; WebAssembly is faster than that.'
    : 'No GPU is to be had here; WebAssembly does all of it.';
  if (!wasm.simd)
    return {
      ...check,
      value: 'nothing fit',
      detail: 'The engine needs WebAssembly with SIMD.',
      state: 'less',
    };
  return { ...check, value: threads, detail: without, state: wasm.threads > 1 ? 'good' : 'less' };
}

function memory({ memory: gib }: Machine): Check {
  const check = { id: 'memory', label: 'Memory' } as const;
  if (gib === undefined)
    return {
      ...check,
      value: 'not told',
      detail: 'This browser does not say. The run needs about 200 MB.',
      state: 'good',
    };
  const value = gib >= 8 ? '8 GB or more' : `${gib} GB`;
  return { ...check, value, detail: 'The run needs about 200 MB.', state: gib < 2 ? 'less' : 'good' };
}

function model({ cached, modelBytes }: Machine): Check {
  const check = { id: 'model', label: 'Model' } as const;
  return cached
    ? { ...check, value: 'on this machine', detail: 'It was kept from an earlier run.', state: 'good' }
    : {
        ...check,
        value: `${bytes(modelBytes)} to load`,
        detail: 'It is kept here once it has been loaded.',
        state: 'good',
      };
}

function storage({ usage }: Machine): Check {
  const check = { id: 'storage', label: 'Room' } as const;
  if (!usage)
    return { ...check, value: 'looking…', detail: 'The browser is asked how much it allows.', state: 'wait' };
  if (usage.quota === null)
    return { ...check, value: 'not told', detail: 'This browser does not say.', state: 'good' };
  const free = Math.max(0, usage.quota - usage.used);
  return {
    ...check,
    value: `${bytes(free)} free`,
    detail: 'Runs and checkpoints are kept in this browser. A checkpoint takes about 30 MB.',
    state: free < 200e6 ? 'less' : 'good',
  };
}

// @wc-include
const READY = 'ready';

function offline({ offline: ready, canBeOffline }: Machine): Check {
  const check = { id: 'offline', label: 'Without a network' } as const;
  if (ready)
    return { ...check, value: READY, detail: 'Page, model and sample tasks are kept.', state: 'good' };
  return canBeOffline
    ? { ...check, value: 'getting ready…', detail: 'What is needed is being kept.', state: 'wait' }
    : {
        ...check,
        value: 'not here',
        detail: 'Browsers keep a page only when it comes over HTTPS or from this machine.',
        state: 'less',
      };
}
