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

/** Walked through by the Tab key, which takes its time. */
const WALKED = ['start', 'bench', 'lesson', 'lesson-done', 'try', 'compare', 'study', 'shelf'];
const MOST_STOPS = 250;

const layout = (page: Page) => page.evaluate(layoutProblems);

async function everyScreen(
  page: Page,
  look: (page: Page) => AsyncGenerator<{ as: string; problems: string[] }>,
): Promise<string[]> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const wrong: string[] = [];
  for (const screen of SCREENS.filter(({ scrolled }) => scrolled !== true)) {
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

/** What is wrong with where the focus is, in words; null once it has left the page. */
function focusProblems(): string[] | null {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  // A radio button of a choice is seen by its label.
  const shown = [at, at.closest('label')].filter((element) => element !== null);
  const seen = shown.some((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
  });
  const boxes = shown.map((element) => element.getBoundingClientRect());
  const { left, top, width, height } = boxes.find((box) => box.width > 8 && box.height > 8) ?? boxes[0]!;
  const [x, y] = [left + width / 2, top + Math.min(height / 2, 200)];
  const over = document.elementFromPoint(x, y);
  const free = over !== null && shown.some((element) => element.contains(over) || over.contains(element));
  const name = `<${at.localName}> “${(at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 40)}”`;
  return [
    ...(seen ? [] : [`${name} shows no focus`]),
    ...(free ? [] : [`${name} is covered or out of sight`]),
  ];
}

it('shows where the focus is at every stop of the Tab key', async () => {
  const page = await pageIn(browser, { width: 'wide' });
  const wrong: string[] = [];
  for (const screen of SCREENS.filter(({ name }) => WALKED.includes(name))) {
    await show(page, preview.address(screen), screen);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    let stops = 0;
    for (; stops < MOST_STOPS; stops++) {
      await page.keyboard.press('Tab');
      const problems = await page.evaluate(focusProblems);
      if (problems === null) break;
      wrong.push(...problems.map((problem) => `${screen.name}: ${problem}`));
    }
    // The way leads through the page and out of it again.
    if (stops < 8 || stops === MOST_STOPS) wrong.push(`${screen.name}: ${stops} stops`);
  }
  await page.context().close();
  expect([...new Set(wrong)]).toEqual([]);
});

declare global {
  interface Window {
    axe: typeof axe;
  }
}
