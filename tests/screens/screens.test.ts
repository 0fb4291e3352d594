/** Every screen in every theme and at two widths: as it was looked at, and open to everyone (axe-core). */
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { compare } from './compare';
import { openPreview, pageIn, SCREENS, show, THEMES, type Width } from './preview';

let preview: Awaited<ReturnType<typeof openPreview>>;
let browser: Browser;

beforeAll(async () => {
  preview = await openPreview();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await preview.close();
});

/** WCAG 2.2 AA, and what axe holds to be good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describe.each(THEMES)('in the %s theme', (theme) => {
  it.each(['wide', 'phone'] as Width[])(
    'every screen looks as it was looked at, and passes axe: %s',
    async (width) => {
      const page = await pageIn(browser, theme, width);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      const wrong: string[] = [];
      for (const screen of SCREENS) {
        await show(page, preview.address(screen), screen);
        const name = `${screen.name}-${theme}-${width}`;
        const { share, same } = compare(name, await page.screenshot());
        if (!same) wrong.push(`${name}: ${(100 * share).toFixed(1)} % of the picture is different`);
        const across = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (across > 0) wrong.push(`${name}: ${across} pixels wider than its window`);
        // A phone has the same parts in the same colours: once is enough there.
        if (width === 'phone' && theme !== 'light') continue;
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(
          (rules) => window.axe.run({ runOnly: { type: 'tag', values: rules } }),
          RULES,
        );
        for (const { id, help, nodes } of violations)
          for (const node of nodes) wrong.push(`${name}: ${id} (${help}) at ${node.target.join(' ')}`);
      }
      await page.context().close();
      expect(errors).toEqual([]);
      expect(wrong).toEqual([]);
    },
  );
});

declare global {
  interface Window {
    axe: typeof axe;
  }
}
