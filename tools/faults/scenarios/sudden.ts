/**
 * The trainer crashes or ends without a word, the database is taken away, or the machine's clock is set, in the middle
 * of a run.
 */
import type { Page } from 'playwright-core';
import { withBrowser, type LiveBrowser } from '../harness/browser';
import { addLevers, pull, setClock } from '../harness/hooks';
import { corruption, differences, endOf, inspect, type End } from '../harness/inspect';
import {
  finished,
  goOn,
  listen,
  notices,
  openPage,
  pauseAndGoOn,
  saidAndDismissed,
  start,
  type Heard,
} from '../harness/page';
import { smallRun, type Site } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

interface Fault {
  name: string;
  /** What the page must say; null where it has nothing to say. */
  says: RegExp | null;
  /** Whether the run is broken off and goes on by the button, or goes on by itself. */
  breaks: boolean;
  make: (page: Page, live: LiveBrowser, site: Site) => Promise<unknown>;
}

const FAULTS: Fault[] = [
  {
    name: 'the worker throws',
    says: /broken off: The trainer crashed: .*a fault of the test/,
    breaks: true,
    make: (page) => pull(page, 'crash'),
  },
  {
    name: 'the worker ends without a word',
    says: /broken off: The trainer ended without a word/,
    breaks: true,
    make: (page) => pull(page, 'close'),
  },
  {
    name: 'the database is deleted',
    says: /was deleted/,
    breaks: false,
    make: (page) => page.evaluate(() => void indexedDB.deleteDatabase('lethe')),
  },
  {
    name: 'the database is closed and its data cleared by the browser',
    says: /was deleted/,
    breaks: false,
    make: async (page, { context }, { origin }) => {
      const session = await context.newCDPSession(page);
      await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
    },
  },
  ...[400, -400].map((days): Fault => ({
    name: `the clock is set by ${days} days`,
    says: null,
    breaks: false,
    make: (page) => setClock(page, 86_400_000 * days),
  })),
];

export const sudden: Scenario = {
  name: 'sudden',
  about:
    'the worker terminated, the database deleted or closed, the clock set in mid-run; said, nothing hangs, the run ends as it should',
  counts: { long: 60, short: 6 },
  run: ({ count, draws, site, tell }: Context): Promise<Outcome> =>
    withBrowser(async (live) => {
      const { page, context } = live;
      await addLevers(context);
      await openPage(page, site.page);
      const config = smallRun([150, 450]);
      const whole = await finished(page, await start(page, config));
      const expected = endOf(whole, await inspect(page));
      const heard = await listen(page);
      const failures: string[] = [];
      let longest = 0;
      for (let i = 0; i < count; i++) {
        const fault = FAULTS[i % FAULTS.length]!;
        const step = draws.below(400);
        const { why, seconds } = await once(
          live,
          site,
          heard,
          fault,
          config,
          step,
          expected,
          draws.unit() < 0.5,
        );
        longest = Math.max(longest, seconds);
        failures.push(...why.map((text) => `${fault.name} at step ${step}: ${text}`));
        tell(
          `${fault.name} at step ${step}: ${why.length === 0 ? `said after ${seconds.toFixed(1)} s` : why.join('; ')}`,
        );
      }
      return {
        done: count,
        failures,
        figures: { kinds: FAULTS.length, 'said after, at most, s': Number(longest.toFixed(1)) },
      };
    }),
};

async function once(
  live: LiveBrowser,
  site: Site,
  heard: Heard,
  fault: Fault,
  config: ReturnType<typeof smallRun>,
  step: number,
  expected: End,
  pauses: boolean,
): Promise<{ why: string[]; seconds: number }> {
  const { page } = live;
  const why: string[] = [];
  heard.forget();
  const runId = await start(page, config);
  await heard.until(() => heard.step >= step);
  if (pauses && heard.phase === 'training') await pauseAndGoOn(page, heard);
  const from = Date.now();
  const others = fault.says ? 0 : (await notices(page)).length;
  await fault.make(page, live, site);
  if (fault.says) {
    const said = await saidAndDismissed(page, fault.says);
    if (!fault.says.test(said)) why.push(`it said ${said}`);
  }
  const seconds = (Date.now() - from) / 1000;
  if (fault.breaks) await goOn(page);
  const result = await Promise.race([
    finished(page, runId),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), 120_000)),
  ]);
  if (!result) return { why: [...why, 'the run hangs'], seconds };
  if (!fault.says && (await notices(page)).length > others) why.push('it said something');
  const found = await inspect(page);
  why.push(...corruption(found));
  const got = endOf(result, found);
  // What was kept before the database went is gone with it; what the run keeps after is not.
  if (fault.says && !fault.breaks)
    for (const file of Object.keys(expected.weights))
      if (!(file in got.weights) && !file.startsWith('stage-2/')) got.weights[file] = expected.weights[file]!;
  const differ = differences(expected, got);
  if (differ.length > 0) why.push(`not the unbroken run's end: ${differ.join(', ')}`);
  return { why, seconds };
}
