/** What the browser withholds from a page that came over plain http from another machine, and what follows from it. */

/** What was found; each is false where it is missing. */
export interface Offered {
  secure: boolean;
  webgpu: boolean;
  isolated: boolean;
  serviceWorker: boolean;
  locks: boolean;
  subtle: boolean;
  persist: boolean;
  clipboard: boolean;
}

export interface Missing {
  what: string;
  instead: string;
}

export function offered(): Offered {
  // Typed as always there; absent on insecure origins.
  const here = navigator as Partial<Navigator> & { gpu?: unknown };
  return {
    secure: isSecureContext,
    webgpu: here.gpu !== undefined,
    isolated: crossOriginIsolated,
    serviceWorker: 'serviceWorker' in navigator,
    locks: here.locks !== undefined,
    subtle: (crypto as Partial<Crypto>).subtle !== undefined,
    persist: here.storage !== undefined,
    clipboard: here.clipboard !== undefined,
  };
}

const CONSEQUENCES: [keyof Offered, string, string][] = [
  ['webgpu', 'WebGPU', 'Training runs on WASM, on the CPU.'],
  ['isolated', 'Shared memory', 'WASM has one thread in place of one for each core.'],
  [
    'serviceWorker',
    'Service worker',
    'The page can’t be installed or opened without a network; its server must stay on.',
  ],
  [
    'persist',
    'Lasting storage',
    'Runs are kept, but the browser may clear them when the disk is full; export what you need.',
  ],
  ['locks', 'Locks between tabs', 'A run that another tab computes looks interrupted here; use one tab.'],
  ['subtle', 'Web Crypto', 'Checkpoints are checked by a slower routine of our own.'],
  ['clipboard', 'Clipboard', 'Copying takes an older way, which some browsers refuse.'],
];

/** Nothing on a secure page: what lacks there is the browser's own affair, and said where it matters. */
export function missing(here: Offered): Missing[] {
  if (here.secure) return [];
  return CONSEQUENCES.filter(([key]) => !here[key]).map(([, what, instead]) => ({ what, instead }));
}
