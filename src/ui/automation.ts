/**
 * `window.lethe`: the page by program, for the headless lab, tests and the console. It presses the same buttons:
 * a run started here is shown on the bench and kept like any other.
 *
 * ```js
 * const runId = await lethe.start({ version: 1, model: …, tasks: […], plan: …, optimizer: … });
 * lethe.onEvent((event) => console.log(event));          // events of worker/protocol.ts
 * await lethe.finished(runId);                           // the RunResult once the run is over
 * for await (const bytes of lethe.exportCheckpoint(runId, 'stage-1')) …  // zip of a Hugging Face folder
 * ```
 */
import { byAge, checkpointMeta, type CheckpointMeta } from '../run/checkpoint';
import { parseRunConfig, type RunConfig, type RunConfigInput } from '../run/config';
import type { RunResult } from '../run/result';
import type { DeviceProbe, Event, Measurement } from '../worker/protocol';
import { isGoing } from './run/reduce';
import type { App } from './state/app.svelte';

export interface Automation {
  /**
   * Paths in the config (tasks of kind `files`, a model of source `folder`) are addresses relative to the page.
   * @returns the run's id, as soon as the worker has taken it
   * @throws Error with the path and reason of every problem of the config
   */
  start(config: RunConfigInput): Promise<string>;
  /** Goes on from the run's last checkpoint. */
  resume(runId: string): Promise<void>;
  pause(): void;
  continue(): void;
  /** Stops the run that is going; what there is stays. */
  stop(): void;
  /** The record as it stands, live for the run that is going. */
  run(runId: string): Promise<RunResult | undefined>;
  /** Resolves once the run is no longer going in this page. */
  finished(runId: string): Promise<RunResult>;
  /** @returns the function that stops listening */
  onEvent(listener: (event: Event) => void): Promise<() => void>;
  /** Measures the checkpoints of a run that is over. @returns its record, with what was found */
  measure(runId: string, wanted: Measurement): Promise<RunResult | undefined>;
  /** Oldest first. */
  checkpoints(runId: string): Promise<CheckpointMeta[]>;
  /** The zip of a Hugging Face folder, or of the adapters of a run of LoRA as PEFT's, in pieces. */
  exportCheckpoint(
    runId: string,
    checkpointId: string,
    content?: 'model' | 'adapter',
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /**
   * The zip that repeats a plan on PyTorch, in pieces.
   * @param runId of a kept run with that plan, whose result goes with it
   */
  exportHandoff(config: RunConfigInput, runId?: string): AsyncIterable<Uint8Array<ArrayBuffer>>;
  probe(): Promise<DeviceProbe>;
}

declare global {
  interface Window {
    lethe: Automation;
  }
}

export function installAutomation(app: App): void {
  window.lethe = automate(app);
}

export function automate(app: App): Automation {
  const trainer = () => app.bench.trainer();

  async function find(runId: string): Promise<RunResult | undefined> {
    return app.bench.find(runId) ?? (await (await app.store()).runs.get(runId)) ?? undefined;
  }

  function checked(config: RunConfigInput): RunConfig {
    const parsed = parseRunConfig(config);
    if (parsed.ok) return parsed.config;
    throw new Error(parsed.problems.map((p) => `${p.path || 'config'}: ${p.message}`).join('\n'));
  }

  return {
    async start(config) {
      return await app.start(checked(config));
    },
    async resume(runId) {
      await app.bench.resume(runId);
      app.go({ place: 'bench', runId });
    },
    pause: () => app.bench.pause(),
    continue: () => app.bench.continue(),
    stop: () => app.bench.stop(),
    run: find,
    async finished(runId) {
      const result = await find(runId);
      if (!result) throw new Error(`No run has the id "${runId}".`);
      if (app.bench.going?.id !== runId && !isGoing(result)) return result;
      const client = await trainer();
      return await new Promise((resolve) => {
        const stop = client.onEvent((event) => {
          if (event.type !== 'ended' || event.runId !== runId) return;
          stop();
          resolve(event.result);
        });
      });
    },
    onEvent: async (listener) => (await trainer()).onEvent(listener),
    async measure(runId, wanted) {
      await app.measuring.measure(runId, wanted);
      return await find(runId);
    },
    async checkpoints(runId) {
      const folders = await (await app.store()).folders.list('checkpoint');
      return folders
        .flatMap((folder) => checkpointMeta(folder.meta) ?? [])
        .filter((meta) => meta.runId === runId)
        .sort(byAge);
    },
    async *exportCheckpoint(runId, checkpointId, content) {
      yield* (await trainer()).exportCheckpoint(runId, checkpointId, content);
    },
    async *exportHandoff(config, runId) {
      const result = runId === undefined ? undefined : await find(runId);
      yield* (await trainer()).exportHandoff(checked(config), result);
    },
    probe: async () => (await trainer()).probe(),
  };
}
