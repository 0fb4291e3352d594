/** The browser's room is taken away under a write. The page must say so, keep the old checkpoint, and go on later. */
import type { BrowserContext, Page } from 'playwright-core';
import { withBrowser } from '../harness/browser';
import type { Draws } from '../harness/draws';
import { checkpointsIn, corruption, differences, endOf, inspect } from '../harness/inspect';
import {
  finished,
  listen,
  openPage,
  pauseAndGoOn,
  press,
  saidAndDismissed,
  sleep,
  start,
} from '../harness/page';
import { smallRun, type Site } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

/** Room for a checkpoint and a record, not for two. */
const ROOMY = 1_500_000;
/** Refusals of a run, so that none takes long. */
const A_RUN = 10;
/** Steps that a run needs for a refusal, with what is tried and passes. */
const STEPS = 500;

interface Refused {
  refused: number;
  passed: number;
  failures: string[];
}

export const quota: Scenario = {
  name: 'quota',
  about:
    'the room shrunk under a write; said, the old checkpoint intact, the run goes on when there is room again',
  counts: { long: 50, short: 2 },
  async run({ count, draws, site, tell, part }: Context): Promise<Outcome> {
    const all: Refused[] = [];
    const sum = (of: (one: Refused) => number) => all.reduce((total, one) => total + of(one), 0);
    // A run may be over before all of its writes were refused; then there is one more.
    for (let n = 0; sum((one) => one.refused) < count && n <= count; n++) {
      const times = Math.min(A_RUN, count - sum((one) => one.refused));
      const one = await part(`run-${n}`, () =>
        withBrowser(({ page, context }) => refusedRun(page, context, site, n, times, draws.part(n))),
      );
      all.push(one);
      tell(`run ${n}: ${one.refused} writes refused, ${one.passed} that still found room`);
      if (one.failures.length > 0) break;
    }
    const refused = sum((one) => one.refused);
    const failures = all.flatMap((one) => one.failures);
    if (refused < count && failures.length === 0) failures.push(`only ${refused} writes were refused`);
    return {
      done: refused,
      failures,
      figures: {
        runs: all.length,
        'writes refused': refused,
        'writes that still found room': sum((one) => one.passed),
      },
    };
  },
};

async function refusedRun(
  page: Page,
  context: BrowserContext,
  { page: address, origin }: Site,
  seed: number,
  times: number,
  draws: Draws,
): Promise<Refused> {
  const told: Refused = { refused: 0, passed: 0, failures: [] };
  const fail = (why: string) => told.failures.push(`run ${seed}, refusal ${told.refused}: ${why}`);
  const session = await context.newCDPSession(page);
  const room = (quotaSize?: number) =>
    session.send('Storage.overrideQuotaForOrigin', {
      origin,
      ...(quotaSize !== undefined && { quotaSize }),
    });
  const used = async (): Promise<number> =>
    (await page.evaluate(() => navigator.storage.estimate())).usage ?? 0;
  await openPage(page, address);
  const config = smallRun([100, STEPS * (3 + times)], { seed });
  const whole = await finished(page, await start(page, config));
  const expected = endOf(whole, await inspect(page));
  const heard = await listen(page);
  const runId = await start(page, config);
  await heard.until(() => heard.step > 120);
  await pauseAndGoOn(page, heard);
  const over = () => heard.events.includes('ended');
  // Chromium remembers for a while how much room there was, so there is never much of it.
  await room((await used()) + ROOMY);
  while (told.refused < times && told.passed < 20 * times) {
    await sleep(draws.between(0, 400));
    if (over()) break;
    const before = checkpointsIn(await inspect(page), runId);
    const { events } = heard;
    const from = events.length;
    // Somewhere between nothing left and not quite enough for what is about to be written.
    await room((await used()) + Math.floor(draws.between(0, 500_000)));
    await press(page, 'pause');
    await heard.until(
      () => over() || events.slice(from).some((type) => type === 'trouble' || type === 'checkpoint'),
    );
    if (events.slice(from).includes('trouble')) {
      told.refused++;
      const said = await saidAndDismissed(page, /could not be kept: .*no room left.*untouched/);
      if (!said.includes('no room left')) fail(`it said ${said}`);
      const found = await inspect(page);
      corruption(found).forEach(fail);
      const after = JSON.stringify(checkpointsIn(found, runId));
      if (after !== JSON.stringify(before)) fail('the checkpoints changed');
    } else if (!over()) told.passed++;
    await room((await used()) + ROOMY);
    if (over()) break;
    await page.getByTestId('continue').click({ timeout: 20_000 });
    await heard.until(() => heard.phase === 'training' || heard.phase === 'scoring' || over());
  }
  await room();
  const result = await finished(page, runId);
  const differ = differences(expected, endOf(result, await inspect(page)));
  if (differ.length > 0) fail(`the run did not end as the unbroken one: ${differ.join(', ')}`);
  return told;
}
