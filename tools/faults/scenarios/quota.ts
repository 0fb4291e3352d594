/** The browser's room is taken away under a write. The page must say so, keep the old checkpoint, and go on later. */
import { withBrowser } from '../harness/browser';
import { checkpointsIn, corruption, differences, endOf, inspect } from '../harness/inspect';
import {
  finished,
  listen,
  openPage,
  pauseAndGoOn,
  press,
  record,
  saidAndDismissed,
  sleep,
  start,
} from '../harness/page';
import { smallRun } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

/** Room for a checkpoint and a record, not for two. */
const ROOMY = 1_500_000;

export const quota: Scenario = {
  name: 'quota',
  about:
    'the room shrunk under a write; said, the old checkpoint intact, the run goes on when there is room again',
  counts: { long: 50, short: 2 },
  run: ({ count, draws, site, tell }: Context): Promise<Outcome> =>
    withBrowser(async ({ page, context }) => {
      const failures: string[] = [];
      const session = await context.newCDPSession(page);
      const { origin } = site;
      const room = (quotaSize?: number) =>
        session.send('Storage.overrideQuotaForOrigin', {
          origin,
          ...(quotaSize !== undefined && { quotaSize }),
        });
      await openPage(page, site.page);
      const config = smallRun([100, 2000 + 1500 * count]);
      const whole = await finished(page, await start(page, config));
      const expected = endOf(whole, await inspect(page));
      const heard = await listen(page);
      const runId = await start(page, config);
      await heard.until(() => heard.step > 120);
      await pauseAndGoOn(page, heard);
      const used = async (): Promise<number> =>
        (await page.evaluate(() => navigator.storage.estimate())).usage ?? 0;
      let refused = 0;
      let passed = 0;
      // Chromium remembers for a while how much room there was, so there is never much of it.
      await room((await used()) + ROOMY);
      while (refused < count && passed < 20 * count + 20) {
        await sleep(draws.between(0, 400));
        if ((await record(page, runId))?.status === 'finished') {
          failures.push(`the run was finished after ${refused} refusals`);
          break;
        }
        const before = checkpointsIn(await inspect(page), runId);
        const { events } = heard;
        const from = events.length;
        // Somewhere between nothing left and not quite enough for what is about to be written.
        await room((await used()) + Math.floor(draws.between(0, 500_000)));
        await press(page, 'pause');
        await heard.until(() =>
          events.slice(from).some((type) => type === 'trouble' || type === 'checkpoint'),
        );
        if (events.slice(from).includes('checkpoint')) passed++;
        else {
          refused++;
          const said = await saidAndDismissed(page, /could not be kept: .*no room left.*untouched/);
          if (!said.includes('no room left')) failures.push(`refusal ${refused}: it said ${said}`);
          const found = await inspect(page);
          failures.push(...corruption(found).map((why) => `refusal ${refused}: ${why}`));
          const after = checkpointsIn(found, runId);
          if (JSON.stringify(after) !== JSON.stringify(before))
            failures.push(`refusal ${refused}: the checkpoints changed`);
        }
        await room((await used()) + ROOMY);
        await page.getByTestId('continue').click();
        await heard.until(() => heard.phase === 'training' || heard.phase === 'scoring');
      }
      await room();
      tell(`${refused} writes refused, ${passed} that still found room`);
      if (refused < count && failures.length === 0) failures.push(`only ${refused} writes were refused`);
      const result = await finished(page, runId);
      const differ = differences(expected, endOf(result, await inspect(page)));
      if (differ.length > 0) failures.push(`the run did not end as the unbroken one: ${differ.join(', ')}`);
      return {
        done: refused,
        failures,
        figures: { 'writes refused': refused, 'writes that still found room': passed },
      };
    }),
};
