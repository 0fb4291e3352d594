/** A session from the first load to the last export behind a proxy that notes everything that is asked of anyone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openProxy } from '../../../tests/browser/proxy.mjs';
import { root } from '../../project.mjs';
import { withBrowser } from '../harness/browser';
import { openPage } from '../harness/page';
import { lookAround, trainAFew, upload } from '../harness/walk';
import type { Context, Outcome, Scenario } from '../scenario';

/** Chromium's services (accounts, autofill, updates), which no page can ask through this browser's policy. */
const browsersOwn = /^(CONNECT |(POST|GET) https?:\/\/)[a-z0-9.-]+\.(google(apis)?|gvt1)\.com[:/]/;

export const requests: Scenario = {
  name: 'requests',
  about: 'every request of a session logged; none but to the page’s own host',
  counts: { long: 3, short: 1 },
  async run({ count, site, tell }: Context): Promise<Outcome> {
    const proxy = await openProxy();
    const content = readFileSync(path.join(root, 'tests/fixtures/e2e/reviews.csv'), 'utf8');
    try {
      for (let i = 0; i < count; i++)
        await withBrowser(
          async ({ page }) => {
            await openPage(page, site.page);
            const taken = await upload(page, {
              name: 'reviews.csv',
              content,
              task: 'Verdicts',
              input: 'verdict of: {review}',
              target: '{verdict}',
            });
            if (!taken) throw new Error('the page did not take the file');
            const runId = await trainAFew(page);
            const files = await lookAround(page, runId);
            await page.reload();
            await openPage(page, site.page, runId);
            tell(`session ${i + 1}: ${proxy.asked.length} requests so far, ${files.size} files exported`);
          },
          [`--proxy-server=${proxy.address}`, '--proxy-bypass-list=<-loopback>'],
        );
    } finally {
      proxy.close();
    }
    const own = proxy.asked.filter((line) => line.includes(` ${site.origin}/`));
    const foreign = proxy.asked.filter((line) => !own.includes(line) && !browsersOwn.test(line));
    const failures = foreign.map((line) => `it asked ${line}`);
    if (own.length < 10) failures.push(`the proxy saw only ${own.length} requests of the page`);
    return {
      done: count,
      failures,
      figures: { 'requests to the page’s own host': own.length, 'requests to others': foreign.length },
    };
  },
};
