/**
 * Every chunk of a run's last checkpoint in turn is deleted, cut short and changed by one bit. The page must name it,
 * set the checkpoint aside, offer the one before, and go on from there to the same end.
 */
import type { Page } from 'playwright-core';
import { withBrowser } from '../harness/browser';
import { checkpointsIn, differences, endOf, inspect } from '../harness/inspect';
import { finished, goOn, listen, openPage, press, saidAndDismissed, start } from '../harness/page';
import { smallRun } from '../harness/site';
import type { Context, Outcome, Scenario } from '../scenario';

const DAMAGES = ['deleted', 'cut', 'flipped'] as const;
type Damage = (typeof DAMAGES)[number];

export const damage: Scenario = {
  name: 'damage',
  about:
    'each chunk of a checkpoint deleted, cut short, one bit flipped; found, named, the one before it offered',
  // All of them: a checkpoint of the micro model has eight chunks.
  counts: { long: 1000, short: 4 },
  run: ({ count, draws, site, tell }: Context): Promise<Outcome> =>
    withBrowser(async ({ page }) => {
      const failures: string[] = [];
      await openPage(page, site.page);
      const config = smallRun([100, 300]);
      const whole = await finished(page, await start(page, config));
      const expected = endOf(whole, await inspect(page));
      const heard = await listen(page);
      const runId = await start(page, config);
      await heard.until(() => heard.step > 120);
      await press(page, 'stop');
      await finished(page, runId);
      const before = checkpointsIn(await inspect(page), runId);
      const latest = before.find(({ id }) => id.endsWith('/latest'))!;
      const wanted = Object.keys(latest.digests).flatMap((file) =>
        latest.digests[file]!.flatMap((_, chunk) => DAMAGES.map((how) => ({ file, chunk, how }))),
      );
      const chosen = draws.shuffled(wanted).slice(0, count);
      for (const [i, { file, chunk, how }] of chosen.entries()) {
        const name = `${file}, chunk ${chunk + 1}, ${how}`;
        await harm(page, latest.id, file, chunk, how);
        await goOn(page);
        const said = await saidAndDismissed(page, /damaged and was set aside/);
        const place = new RegExp(`${file.replaceAll('.', '\\.')}, chunk ${chunk + 1} of \\d`);
        if (!place.test(said)) failures.push(`${name}: not named: ${said}`);
        if (!/go on from the one before it, at step 100/.test(said))
          failures.push(`${name}: not offered: ${said}`);
        const after = checkpointsIn(await inspect(page), runId);
        if (!after.some(({ id, damaged }) => id === latest.id && damaged !== undefined))
          failures.push(`${name}: it was not set aside`);
        if (after.some(({ id, problems }) => id !== latest.id && problems.length > 0))
          failures.push(`${name}: another checkpoint was harmed`);
        if (i < chosen.length - 1) await mend(page, latest.id, file, chunk);
        tell(`${name}: ${said.slice(0, 60)}…`);
      }
      await goOn(page);
      const result = await finished(page, runId);
      const differ = differences(expected, endOf(result, await inspect(page)));
      if (differ.length > 0) failures.push(`the run did not end as the unbroken one: ${differ.join(', ')}`);
      return {
        done: chosen.length,
        failures,
        figures: {
          'chunks of the checkpoint': wanted.length / DAMAGES.length,
          'named, set aside, the one before offered': chosen.length,
        },
      };
    }),
};

/** Does it to the database as it lies there; what was there before is kept in the page, to be put back. */
function harm(page: Page, folder: string, file: string, chunk: number, how: Damage): Promise<void> {
  return page.evaluate(
    async ([id, path, c, kind]) => {
      const asked = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error(String(request.error)));
        });
      const database = await asked(indexedDB.open('lethe'));
      const stores = database.transaction(['manifests', 'chunks'], 'readwrite', { durability: 'strict' });
      const manifest = (await asked(stores.objectStore('manifests').get(id))) as {
        generation: string;
        files: { path: string }[];
      };
      const key = [manifest.generation, manifest.files.findIndex((f) => f.path === path), c];
      const chunks = stores.objectStore('chunks');
      const bytes = (await asked(chunks.get(key))) as Uint8Array;
      (window as unknown as { whole: unknown }).whole = { manifest, bytes };
      if (kind === 'deleted') chunks.delete(key);
      else if (kind === 'cut') chunks.put(bytes.slice(0, -1), key);
      else {
        const other = bytes.slice();
        other[Math.floor(other.length / 2)]! ^= 1;
        chunks.put(other, key);
      }
      await new Promise((resolve) => (stores.oncomplete = resolve));
      database.close();
    },
    [folder, file, chunk, how] as const,
  );
}

function mend(page: Page, folder: string, file: string, chunk: number): Promise<void> {
  return page.evaluate(
    async ([id, path, c]) => {
      const { manifest, bytes } = (
        window as unknown as {
          whole: { manifest: { generation: string; files: { path: string }[] }; bytes: Uint8Array };
        }
      ).whole;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open('lethe');
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(new Error(String(opening.error)));
      });
      const stores = database.transaction(['manifests', 'chunks'], 'readwrite', { durability: 'strict' });
      stores.objectStore('manifests').put(manifest, id);
      stores
        .objectStore('chunks')
        .put(bytes, [manifest.generation, manifest.files.findIndex((f) => f.path === path), c]);
      await new Promise((resolve) => (stores.oncomplete = resolve));
      database.close();
    },
    [folder, file, chunk] as const,
  );
}
