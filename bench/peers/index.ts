/** Who is measured beside us. Each is loaded when asked for: TensorFlow.js alone is megabytes. */
import type { DecoderPeer, Peer, PeerModelSpec } from './peer';

interface Entry {
  /** What it can be measured on; threads are those of both sides. */
  on: Pick<PeerModelSpec, 'backend' | 'threads'>[];
  browsers: ('chromium' | 'firefox')[];
  load(): Promise<Peer>;
}

const both: Entry['on'] = [
  { backend: 'webgpu', threads: 1 },
  { backend: 'wasm', threads: 1 },
];

export const peers: Readonly<Record<string, Entry>> = {
  'naive-tfjs': {
    on: both,
    browsers: ['chromium', 'firefox'],
    load: () => import('./naiveTfjs').then(({ naiveTfjs }) => naiveTfjs),
  },
  'jax-js': {
    on: both,
    browsers: ['chromium'],
    load: () => import('./jaxJs').then(({ jaxJs }) => jaxJs),
  },
  'torch-cpu': {
    on: [{ backend: 'wasm', threads: 2 }],
    browsers: ['chromium'],
    load: () => import('./torchCpu').then(({ torchCpu }) => torchCpu),
  },
};

export const decoderPeers: Readonly<Record<string, () => Promise<DecoderPeer>>> = {
  nanogpt: () => import('./nanogpt').then(({ nanogpt }) => nanogpt),
};
