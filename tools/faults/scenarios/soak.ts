/** Thousands of steps with evaluation and checkpoints: what is held and kept must not grow with them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { withBrowser } from '../harness/browser';
import { addLevers, trainerMemory } from '../harness/hooks';
import { checkpointsIn, inspect } from '../harness/inspect';
import { finished, listen, openPage, press, start } from '../harness/page';
import { smallRun } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

interface Sample {
  step: number;
  heap: number;
  listeners: number;
  nodes: number;
  memories: number;
  wasm: number;
  /** Bytes of checkpoints without the record, and those of the record, which has a loss for each step. */
  kept: number;
  record: number;
  folders: number;
  resident: number;
}

/** The file of a checkpoint that has the record. */
const RECORD = 'state.json';
/** Bytes of it that a step may add: a loss as text, and its share of the scores. */
const BYTES_A_STEP = 60;

/** How much larger the mean of the last quarter may be than that of the second. */
const ALLOWED: Record<Exclude<keyof Sample, 'step' | 'record'>, number> = {
  // Losses and scores are held for the charts, some bytes a step.
  heap: 1.25,
  listeners: 1.02,
  nodes: 1.1,
  memories: 1,
  wasm: 1,
  kept: 1.1,
  folders: 1,
  resident: 1.2,
};

export const soak: Scenario = {
  name: 'soak',
  about:
    'so many steps with evaluation and checkpoints; memory, tensors, listeners, size of the database flat',
  counts: { long: 20_000, short: 800 },
  run: ({ count, site, tell }: Context): Promise<Outcome> =>
    withBrowser(async ({ page, context }, profile) => {
      await addLevers(context);
      await openPage(page, site.page);
      const session = await context.newCDPSession(page);
      const heard = await listen(page);
      const every = Math.max(50, count / 40);
      const config = smallRun([count], {
        evaluation: {
          everySteps: every,
          examples: 12,
          testExamples: 12,
          batchSize: 6,
          maxNewTokens: 4,
          samples: 2,
        },
      });
      const runId = await start(page, config);
      const samples: Sample[] = [];
      for (let next = every / 2; next < count; next += every) {
        if (!(await heard.until(() => heard.step >= next, 300))) break;
        const { checkpoints } = heard;
        await press(page, 'pause');
        await heard.until(() => heard.checkpoints > checkpoints);
        samples.push(await sample(page, session, profile, runId, heard.step));
        heard.events.length = 0;
        await page.getByTestId('continue').click();
        await heard.until(() => heard.phase !== 'paused' && heard.phase !== 'saving');
        if (samples.length % 10 === 0) tell(JSON.stringify(samples.at(-1)));
      }
      const result = await finished(page, runId);
      return judge(samples, result.losses.length, count);
    }),
};

async function sample(
  page: Page,
  session: CDPSession,
  profile: string,
  runId: string,
  step: number,
): Promise<Sample> {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((m) => m.name === name)?.value ?? 0;
  const { memories, bytes } = await trainerMemory(page);
  const folders = checkpointsIn(await inspect(page), runId);
  return {
    step,
    heap: metric('JSHeapUsedSize'),
    listeners: metric('JSEventListeners'),
    nodes: metric('Nodes'),
    memories,
    wasm: bytes,
    kept: folders.reduce((sum, folder) => sum + folder.bytes - (folder.sizes[RECORD] ?? 0), 0),
    record: folders.reduce((sum, folder) => sum + (folder.sizes[RECORD] ?? 0), 0),
    folders: folders.length,
    resident: resident(profile),
  };
}

/** Bytes that the browser's processes hold, by Linux's account; 0 elsewhere. */
function resident(profile: string): number {
  let kilobytes = 0;
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(profile)) continue;
        kilobytes += Number(
          /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0,
        );
      } catch {
        // It ended meanwhile.
      }
  } catch {
    return 0;
  }
  return 1024 * kilobytes;
}

function judge(samples: Sample[], steps: number, count: number): Outcome {
  const failures: string[] = [];
  if (steps !== count) failures.push(`${steps} steps were done`);
  const figures: Outcome['figures'] = { samples: samples.length };
  const quarter = (n: number, of: (s: Sample) => number) => {
    const part = samples.slice(
      Math.floor((n * samples.length) / 4),
      Math.floor(((n + 1) * samples.length) / 4),
    );
    return part.reduce((sum, s) => sum + of(s), 0) / Math.max(1, part.length);
  };
  for (const [name, most] of Object.entries(ALLOWED) as [keyof typeof ALLOWED, number][]) {
    const second = quarter(1, (s) => s[name]);
    const last = quarter(3, (s) => s[name]);
    const growth = second === 0 ? 1 : last / second;
    figures[name] =
      `${Math.round(second)} in the second quarter, ${Math.round(last)} in the last (${growth.toFixed(3)}x)`;
    if (growth > most) failures.push(`${name} grew ${growth.toFixed(3)}x, ${most}x at most`);
  }
  const [first, last] = [samples[0], samples.at(-1)];
  if (first && last && last.step > first.step) {
    const each = (last.record - first.record) / (last.step - first.step);
    figures['bytes of the record a step'] = Number(each.toFixed(1));
    if (each > BYTES_A_STEP) failures.push(`the record grew by ${each.toFixed(1)} bytes a step`);
  }
  return { done: steps, failures, figures };
}
