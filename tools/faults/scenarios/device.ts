/** The GPU device is taken away at random steps, as by a driver's reset. The run must say so and go on to the same end. */
import { withBrowser } from '../harness/browser';
import { addLevers, pull } from '../harness/hooks';
import { differences, endOf, inspect } from '../harness/inspect';
import { finished, goOn, listen, openPage, pauseAndGoOn, saidAndDismissed, start } from '../harness/page';
import { smallRun } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

const A_RUN = 10;

export const device: Scenario = {
  name: 'device',
  about: 'device.destroy() at random steps on WebGPU; the run says so and goes on, bit-equal',
  counts: { long: 50, short: 1 },
  async run({ count, draws, site, tell, part }: Context): Promise<Outcome> {
    const failures: string[] = [];
    let done = 0;
    for (let n = 0; done < count; n++) {
      const times = Math.min(A_RUN, count - done);
      const own = draws.part(n);
      const result = await part(`run-${n}`, () =>
        withBrowser(async ({ page, context }) => {
          const failed: string[] = [];
          await addLevers(context);
          await openPage(page, site.page);
          const config = smallRun([20, 20 + 20 * times], {
            backend: 'webgpu',
            batchSize: 4,
            seed: n,
            evaluation: {
              everySteps: 100,
              examples: 2,
              testExamples: 2,
              batchSize: 2,
              maxNewTokens: 2,
              samples: 1,
            },
          });
          const whole = await finished(page, await start(page, config));
          const expected = endOf(whole, await inspect(page));
          const heard = await listen(page);
          const runId = await start(page, config);
          for (let i = 0; i < times; i++) {
            await heard.until(() => heard.phase === 'training', 120);
            if (own.unit() < 0.7) await pauseAndGoOn(page, heard);
            const at = heard.step + own.below(12);
            await heard.until(() => heard.step >= at, 120);
            const { step } = heard;
            heard.events.length = 0;
            await pull(page, 'destroy');
            if (!(await heard.until(() => heard.events.includes('ended'), 30)))
              failed.push(`run ${n}, loss ${i + 1}: nothing was said for 30 s`);
            const said = await saidAndDismissed(page, /can go on from its last checkpoint/);
            if (!/can go on from its last checkpoint/.test(said))
              failed.push(`run ${n}, loss ${i + 1}: it said ${said}`);
            heard.phase = '';
            await goOn(page);
            tell(`run ${n}: lost at step ${step}: ${said}`);
          }
          const result = await finished(page, runId);
          const differ = differences(expected, endOf(result, await inspect(page)));
          if (differ.length > 0)
            failed.push(`run ${n} did not end as the unbroken one: ${differ.join(', ')}`);
          return failed;
        }),
      );
      failures.push(...result);
      done += times;
    }
    return { done, failures, figures: { runs: Math.ceil(count / A_RUN), 'devices lost': done } };
  },
};
