/** The short form of `npm run faults`: what is done to the page in Chromium, a few times each, and what must hold after. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Draws, openFaultSite, scenarios } from '../../tools/faults/scenarios';
import { ensureBuild } from '../../tools/project.mjs';

let site: Awaited<ReturnType<typeof openFaultSite>>;

beforeAll(async () => {
  await ensureBuild();
  site = await openFaultSite();
});
afterAll(() => site.close());

// The longer ones are run by name.
const inShort = scenarios.filter(({ name }) =>
  ['kills', 'damage', 'sudden', 'markup', 'requests'].includes(name),
);

it.each(inShort)('$name: $about', async ({ run, counts }) => {
  const { done, failures, figures } = await run({
    count: counts.short,
    seed: 1,
    draws: new Draws(1, 1),
    site,
    tell: () => undefined,
    part: (_, work) => work(),
  });
  expect(failures, JSON.stringify(figures)).toEqual([]);
  expect(done).toBe(counts.short);
});
