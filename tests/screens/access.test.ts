/**
 * Every screen in every theme, open to everyone (axe-core) and whole: nothing wider than its window, cut off, or over
 * something else, on a desk and on a phone, in both languages, and written from right to left.
 */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { layoutProblems } from './layout';
import { frames, openPreview, pageIn, show, THEMES, WIDTHS, type Width } from './preview';
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

/** WCAG 2.2 AA, and what axe holds to be good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What another theme can change of a screen that keeps its elements: colours and sizes. */
const LOOKS = ['color-contrast', 'target-size', 'link-in-text-block', 'scrollable-region-focusable'];

async function violations(page: Page, rules: 'all' | 'looks'): Promise<string[]> {
  const found = await page.evaluate(
    ([values, type]) => window.axe.run({ runOnly: { type, values }, resultTypes: ['violations'] }),
    rules === 'all' ? ([RULES, 'tag'] as const) : ([LOOKS, 'rule'] as const),
  );
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}) at ${node.target.join(' ')}`),
  );
}

const layout = (page: Page) => page.evaluate(layoutProblems);

async function everyScreen(
  page: Page,
  look: (page: Page) => AsyncGenerator<{ as: string; problems: string[] }>,
): Promise<string[]> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const wrong: string[] = [];
  for (const screen of SCREENS) {
    await show(page, preview.address(screen), screen);
    for await (const { as, problems } of look(page))
      wrong.push(...problems.map((problem) => `${screen.name}, ${as}: ${problem}`));
  }
  await page.context().close();
  return [...errors, ...wrong];
}

it('passes axe in every theme, and holds together', async () => {
  const page = await pageIn(browser, { width: 'wide' });
  const wrong = await everyScreen(page, async function* (at) {
    await at.evaluate(axe.source);
    for (const theme of THEMES) {
      await at.evaluate((choice) => window.preview.theme.choose(choice), theme);
      await frames(at);
      yield { as: theme, problems: await violations(at, theme === 'light' ? 'all' : 'looks') };
      if (theme !== 'dark') yield { as: theme, problems: await layout(at) };
    }
    await at.evaluate(() => window.preview.theme.choose('system'));
  });
  expect(wrong).toEqual([]);
});

it('fits a phone, and both languages, and is laid out from right to left', async () => {
  const page = await pageIn(browser, { width: 'phone', language: 'de' });
  const wrong = await everyScreen(page, async function* (at) {
    for (const width of Object.keys(WIDTHS) as Width[]) {
      await at.setViewportSize(WIDTHS[width]);
      await frames(at);
      yield { as: `German, ${width}`, problems: await layout(at) };
      await at.evaluate(() => (document.documentElement.dir = 'rtl'));
      await frames(at);
      yield { as: `German from right to left, ${width}`, problems: await layout(at) };
      await at.evaluate(() => (document.documentElement.dir = 'ltr'));
    }
    await at.setViewportSize(WIDTHS.phone);
  });
  expect(wrong).toEqual([]);
});

declare global {
  interface Window {
    axe: typeof axe;
  }
}
