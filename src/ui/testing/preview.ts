/**
 * The page with made-up runs instead of a trainer and a store: `npx vite`, then /src/ui/testing/preview.html.
 * `?state=empty|running|finished|interrupted|study` chooses what there is. Not part of the built page.
 */
import { mount } from 'svelte';
import '../../app.css';
import { readLessons, readRecording } from '../../data/lessons';
import type { FolderManifest } from '../../store/types';
import { FilesClient } from '../../worker/files/client';
import type { Event } from '../../worker/protocol';
import { markLanguage } from '../../words/language';
import Page from '../App.svelte';
import type { PageStore, Services, TaskChoice, Trainer } from '../ports';
import { App } from '../state/app.svelte';
import { fixtureConfig, fixtureRun } from './fixture';
import { playedAnswer } from './played';
import { playedFiles } from './playedFiles';
import { fixtureStudy } from './studied';
import { pictured, studyRuns } from './pictured';

declare global {
  interface Window {
    /** For tests that look at the page. */
    preview: App;
  }
}

const state = new URLSearchParams(location.search).get('state') ?? 'finished';
const shown = {
  empty: [],
  finished: [pictured(), fixtureRun({ id: 'run-bb', keep: 0.7, config: fixtureConfig({ seed: 8 }) })],
  study: studyRuns(),
  running: [],
  // As it was kept; the trainer goes on from there.
  interrupted: [fixtureRun({ step: 260, status: 'interrupted' })],
}[state];
const runs = new Map((shown ?? []).map((r) => [r.id, r]));

const folder = (id: string, kind: FolderManifest['kind'], bytes: number, meta: object): FolderManifest => ({
  version: 1,
  id,
  kind,
  createdAt: '2026-11-24T10:06:00.000Z',
  bytes,
  chunkBytes: 8 << 20,
  files: [],
  meta: { ...meta },
});
const folders = [...runs.keys()].flatMap((id) => [
  folder(`run/${id}/stage-1`, 'checkpoint', 29_700_000, {
    runId: id,
    checkpointId: 'stage-1',
    place: 'stage',
    stage: 1,
    step: 200,
    runName: 'Reviews → Tickets',
  }),
  folder(`run/${id}/stage-2`, 'checkpoint', 29_700_000, {
    runId: id,
    checkpointId: 'stage-2',
    place: 'stage',
    stage: 2,
    step: 400,
    runName: 'Reviews → Tickets',
  }),
]);

const store: PageStore = {
  usage: () => Promise.resolve({ used: 64e6, quota: 12e9, kept: 60e6 }),
  persist: () => Promise.resolve(true),
  persisted: () => Promise.resolve(false),
  onChange: () => () => undefined,
  runs: {
    put: () => Promise.resolve(),
    get: (id) => Promise.resolve(runs.get(id) ?? null),
    list: () => Promise.resolve([...runs.values()]),
    annotate: (id, annotation) => {
      const noted = { ...(runs.get(id) ?? fixtureRun({ id })), annotation };
      runs.set(id, noted);
      return Promise.resolve(noted);
    },
    remove: (id) => Promise.resolve(void runs.delete(id)),
  },
  studies: {
    put: () => Promise.resolve(),
    get: () => Promise.resolve(null),
    list: () => Promise.all([fixtureStudy(), fixtureStudy(7)]),
    remove: () => Promise.resolve(),
  },
  folders: {
    keep: (id, kind, _, meta) => Promise.resolve(folder(id, kind, 1000, meta ?? {})),
    list: () => Promise.resolve(folders),
    manifest: () => Promise.resolve(null),
    read: () => {
      throw new Error('nothing is kept in the preview');
    },
    remove: () => Promise.resolve(),
  },
};

let step = 0;
const listeners = new Set<(event: Event) => void>();
const tell = (event: Event) => listeners.forEach((listener) => listener(event));
function play(runId: string, from: number, most: number): void {
  step = from;
  const timer = setInterval(() => {
    step = Math.min(most, step + 4);
    const now = fixtureRun({ step, status: 'running' });
    const progress = {
      phase: 'training' as const,
      step,
      totalSteps: 400,
      stepsPerSecond: 3.26,
      secondsLeft: (400 - step) / 3,
      detail: step < 200 ? 'Reviews' : 'Tickets',
    };
    tell({ type: 'progress', runId, progress });
    tell({ type: 'losses', runId, from: step - 4, values: now.losses.slice(step - 4, step) });
    tell({ type: 'evaluations', runId, points: now.evaluations.filter((e) => e.step > step - 4) });
    if (step === most) clearInterval(timer);
    if (step === 400)
      tell({ type: 'ended', runId, status: 'finished', result: { ...fixtureRun(), id: runId } });
  }, 60);
}
const trainer: Trainer = {
  probe: () =>
    Promise.resolve({
      webgpu: { available: true, software: true, description: 'SwiftShader, software' },
      wasm: { available: true, simd: true, threads: 2 },
      choice: 'wasm',
      why: 'WASM: the only WebGPU adapter here is emulated on the CPU, where WASM is faster.',
    }),
  speed: () =>
    Promise.resolve({
      of: 'speed',
      stepSeconds: 0.2,
      device: { backend: 'wasm', description: 'WebAssembly', software: false, threads: 2, userAgent: '' },
    }),
  start: (runId, config) => {
    const [from, to] = state === 'running' ? [288, 292] : [0, 400];
    setTimeout(() => play(runId, from, to), 200);
    return Promise.resolve({ ...fixtureRun({ step: from, status: 'running' }), id: runId, config });
  },
  resume: (runId) => {
    setTimeout(() => play(runId, 260, 400), 200);
    return Promise.resolve(fixtureRun({ id: runId, step: 260, status: 'running' }));
  },
  pause: () => undefined,
  continue: () => undefined,
  stop: () => undefined,
  terminate: () => undefined,
  measure: (runId) => Promise.resolve(runs.get(runId) ?? fixtureRun()),
  tryout: (question) => Promise.resolve(playedAnswer(question)),
  exportCheckpoint: async function* () {
    yield await Promise.resolve(new Uint8Array([80, 75, 5, 6]));
  },
  exportHandoff: async function* () {
    yield await Promise.resolve(new Uint8Array([80, 75, 5, 6]));
  },
  onEvent: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

const about = [
  'Product reviews, positive or negative',
  'Support tickets to one of six queues',
  'A dialogue in a line',
];
const files = new FilesClient(new URL('/', location.href).href);
const services: Services = {
  files: () => Promise.resolve(playedFiles([...runs.values()], folders, files)),
  store: () => Promise.resolve(store),
  trainer: () => Promise.resolve(trainer),
  tasks: {
    demo: () => Promise.resolve(fixtureConfig()),
    recorded: () => Promise.resolve(pictured()),
    samples: () =>
      Promise.resolve(
        fixtureConfig().tasks.map((task, i): TaskChoice => ({
          task,
          description: about[i] ?? '',
          rows: { train: 600, validation: 100, test: 200 },
        })),
      ),
    load: () => Promise.resolve({ train: [], validation: [], test: [] }),
  },
  lessons: {
    all: () => readLessons('/'),
    recording: (name) => readRecording('/', name),
  },
};

const target = document.getElementById('app');
if (!target) throw new Error('preview.html has no #app');
const app = new App(services);
markLanguage(document.documentElement);
window.preview = app;
mount(Page, { target, props: { app } });
await app.open();
if (state === 'running') await app.run();
document.documentElement.dataset['preview'] = 'open';
