/**
 * Two to five tabs have the same run open. Whichever trains it is closed, reloaded or crashed again and again, and the
 * others go for it at once. Every write to the database is told of by the worker that makes it: never may two workers'
 * writes be mixed. At the end one of the tabs brings the run to the end of an unbroken one.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { withBrowser } from '../harness/browser';
import type { Draws } from '../harness/draws';
import { addLevers, pull } from '../harness/hooks';
import { corruption, differences, endOf, inspect } from '../harness/inspect';
import { finished, openPage, press, record, sleep, start } from '../harness/page';
import { smallRun, type Site } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

interface Write {
  writer: string;
  at: number;
}

/** Writers in the order of their writes; one that comes back after another has written was not alone. */
export function mixedWriters(writes: readonly Write[]): string[] {
  const order = [...writes].sort((a, b) => a.at - b.at);
  const done = new Set<string>();
  const mixed: string[] = [];
  let now = '';
  for (const { writer, at } of order) {
    if (writer === now) continue;
    if (done.has(writer)) mixed.push(`${writer} wrote again at ${at.toFixed(0)} after ${now} had begun`);
    done.add(now);
    now = writer;
  }
  return mixed;
}

export const tabs: Scenario = {
  name: 'tabs',
  about:
    'two to five tabs race for one run, so many seconds in all; one writer at any time, and the run ends as it should',
  counts: { long: 300, short: 6 },
  async run({ count, draws, site, tell, part }: Context): Promise<Outcome> {
    const sizes = count < 60 ? [3] : [2, 3, 4, 5];
    const failures: string[] = [];
    const totals = { writes: 0, writers: 0, takeovers: 0, faults: 0 };
    for (const size of sizes) {
      const result = await part(`tabs-${size}`, () =>
        withBrowser(({ page, context }) =>
          race(page, context, site, size, count / sizes.length, draws.part(size)),
        ),
      );
      failures.push(...result.failures.map((why) => `${size} tabs: ${why}`));
      totals.writes += result.writes;
      totals.writers += result.writers;
      totals.takeovers += result.takeovers;
      totals.faults += result.faults;
      tell(
        `${size} tabs: ${result.writes} writes by ${result.writers} workers, ${result.takeovers} taken over by themselves`,
      );
    }
    return {
      done: count,
      failures,
      figures: {
        'tabs closed, reloaded or crashed': totals.faults,
        'taken over by another tab by itself': totals.takeovers,
        'workers that wrote': totals.writers,
        'writes, none mixed with another worker’s': totals.writes,
      },
    };
  },
};

async function race(
  first: Page,
  context: BrowserContext,
  site: Site,
  size: number,
  seconds: number,
  draws: Draws,
) {
  const failures: string[] = [];
  await addLevers(context);
  // Any document of the origin hears the writers; this one is no page of ours and writes nothing.
  await first.goto(`${site.page}icons/lethe.svg`);
  await first.evaluate(() => {
    const writes: Write[] = [];
    new BroadcastChannel('faults-writes').onmessage = (event: MessageEvent<Write>) => writes.push(event.data);
    (window as unknown as { writes: Write[] }).writes = writes;
  });
  const config = smallRun([200, 2000]);
  const open: Page[] = [await context.newPage()];
  await openPage(open[0]!, site.page);
  const whole = await finished(open[0]!, await start(open[0]!, config));
  const expected = endOf(whole, await inspect(open[0]!));
  const runId = await start(open[0]!, config);
  const another = async (): Promise<Page> => {
    const page = await context.newPage();
    await openPage(page, site.page, runId);
    return page;
  };
  while (open.length < size) open.push(await another());

  let takeovers = 0;
  let faults = 0;
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    await sleep(draws.between(300, 4000));
    const at = await trainerAmong(open, runId);
    if (at >= 0) {
      faults++;
      const holder = open[at]!;
      const kind = draws.below(3);
      if (kind === 0) {
        await holder.close();
        open.splice(at, 1);
      } else if (kind === 1) await holder.reload();
      else await pull(holder, 'crash');
    }
    // In half of the cases all who are left press the button at once, before anyone takes over by itself.
    if (draws.unit() < 0.5)
      await Promise.all(open.map((page) => press(page, 'resume').catch(() => undefined)));
    else {
      for (let tries = 0; tries < 20 && (await trainerAmong(open, runId)) < 0; tries++) await sleep(250);
      if ((await trainerAmong(open, runId)) >= 0) takeovers++;
    }
    while (open.length < size) open.push(await another());
    const kept = await record(open[0]!, runId);
    if (kept?.status === 'finished') break;
  }
  // Nobody disturbs it any more.
  for (let tries = 0; tries < 240; tries++) {
    if ((await trainerAmong(open, runId)) < 0) {
      if ((await readRecord(open[0]!, runId))?.status === 'finished') break;
      await press(open[0]!, 'resume');
    }
    await sleep(500);
  }
  const result = await readRecord(open[0]!, runId);
  const found = await inspect(open[0]!);
  failures.push(...corruption(found));
  if (!result) failures.push('the run is lost');
  else {
    const differ = differences(expected, endOf(result, found));
    if (differ.length > 0)
      failures.push(`not the unbroken run's end (${result.status}): ${differ.join(', ')}`);
  }
  const writes = await first.evaluate(() => (window as unknown as { writes: Write[] }).writes);
  failures.push(...mixedWriters(writes));
  return {
    failures,
    writes: writes.length,
    writers: new Set(writes.map(({ writer }) => writer)).size,
    takeovers,
    faults,
  };
}

/** The place of the tab that shows the run's own buttons, −1 while there is none. */
async function trainerAmong(open: readonly Page[], runId: string): Promise<number> {
  const holding = await Promise.all(
    open.map((page) =>
      page
        .evaluate(
          (id) =>
            location.hash.endsWith(id) &&
            document.querySelector('[data-testid=pause], [data-testid=continue]') !== null,
          runId,
        )
        .catch(() => false),
    ),
  );
  return holding.indexOf(true);
}

/** The record as it lies in the database, whatever the tab thinks of it. */
async function readRecord(page: Page, runId: string) {
  return await page.evaluate(async (id) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('lethe');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error(String(opening.error)));
    });
    const asked = database.transaction('runs').objectStore('runs').get(id);
    await new Promise((resolve) => (asked.onsuccess = resolve));
    database.close();
    return asked.result as Awaited<ReturnType<typeof window.lethe.run>>;
  }, runId);
}
