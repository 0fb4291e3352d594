/** What a benchmark is given, and where it finds the rest. */
import type { PeerModelSpec } from '../peers/peer';
import type { RowHead } from './rows.mjs';

export interface Context {
  browser: 'chromium' | 'firefox';
  backends: ('webgpu' | 'wasm')[];
  /** Peers to measure against; empty for all. */
  peers: string[];
  rounds: number;
  say: (line: string) => void;
}

/** What is measured in a page of its own: some peers have the page's backends, or its thread count, to themselves. */
export interface Part {
  label: string;
  /** To be run afresh for each round: it measures what happens once in a page. */
  once?: boolean;
  run(context: Context): Promise<Sample[]>;
}

/** Figures of a row, one for each round; those of parts that are run afresh are joined. */
export interface Sample {
  head: Omit<RowHead, 'browser'>;
  ours: number[];
  peer: number[] | null;
}

/** The parts of a benchmark that a browser, the backends and the peers asked for leave. */
export type Bench = (context: Pick<Context, 'browser' | 'backends' | 'peers'>) => Part[];

/** Where both sides of a row compute. */
export type Place = Pick<PeerModelSpec, 'backend' | 'threads'>;

/** Milliseconds that one figure is measured over, at least. */
export const leastOf = (backend: 'webgpu' | 'wasm'): number => (backend === 'webgpu' ? 1000 : 400);

/** Whether to measure against a peer. */
export const wants = ({ peers }: Pick<Context, 'peers'>, peer: string): boolean =>
  peers.length === 0 || peers.includes(peer);
