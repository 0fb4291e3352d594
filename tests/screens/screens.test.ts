/** Every screen in every theme and at two widths, as it was looked at. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { compare } from './compare';
import { openPreview, pageIn, show, THEMES, WIDTHS, type Width } from './preview';
import { SCREENS } from './screens';

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

describe.each(THEMES)('in the %s theme', (theme) => {
  it.each(Object.keys(WIDTHS) as Width[])('every screen looks as it was looked at: %s', async (width) => {
    const page = await pageIn(browser, { theme, width });
    const wrong: string[] = [];
    for (const screen of SCREENS) {
      await show(page, preview.address(screen), screen);
      const name = `${screen.name}-${theme}-${width}`;
      const { share, same } = compare(name, await page.screenshot({ animations: 'disabled' }));
      if (!same) wrong.push(`${name}: ${(100 * share).toFixed(1)} % of the picture is different`);
    }
    await page.context().close();
    expect(wrong).toEqual([]);
  });
});
