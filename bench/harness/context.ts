/** What a benchmark is given, and where it finds the rest. */
import type { Row, RowHead } from './rows.mjs';

export interface Context {
  browser: 'chromium' | 'firefox';
  backends: ('webgpu' | 'wasm')[];
  /** Peers to measure against; empty for all. */
  peers: string[];
  rounds: number;
  say: (line: string) => void;
}

export type Bench = (context: Context) => Promise<Row[]>;

export type { Row, RowHead };

/** Milliseconds that one figure is measured over, at least. */
export const leastOf = (backend: 'webgpu' | 'wasm'): number => (backend === 'webgpu' ? 1000 : 400);

/** Whether to measure against a peer. */
export const wants = ({ peers }: Context, peer: string): boolean =>
  peers.length === 0 || peers.includes(peer);
