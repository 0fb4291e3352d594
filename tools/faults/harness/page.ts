/** What is done to the open page, by its own buttons where it has them. */
import type { Page } from 'playwright-core';
import type { RunConfigInput } from '../../../src/run/config';
import type { RunResult } from '../../../src/run/result';
import type { Event } from '../../../src/worker/protocol';

/** Opens the page, at a run where one is named, and waits until it has read what is kept. */
export async function openPage(page: Page, address: string, runId?: string): Promise<void> {
  await page.goto(`${address}#/bench${runId === undefined ? '' : `/${runId}`}`);
  await page.waitForFunction(() => document.querySelector('[data-testid=run], [data-testid=pause]') !== null);
  if (runId !== undefined)
    await page.waitForFunction(async (id) => (await window.lethe.run(id)) !== undefined, runId);
}

export const start = (page: Page, config: RunConfigInput): Promise<string> =>
  page.evaluate((given) => window.lethe.start(given), config);

export const finished = (page: Page, runId: string): Promise<RunResult> =>
  page.evaluate((id) => window.lethe.finished(id), runId);

export const record = (page: Page, runId: string): Promise<RunResult | undefined> =>
  page.evaluate((id) => window.lethe.run(id), runId);

/** Presses the button that goes on with the open run, and waits until it does, or is refused. */
export async function goOn(page: Page): Promise<void> {
  const said = (await notices(page)).length;
  await page.getByTestId('resume').click();
  await page.waitForFunction(
    (before) =>
      document.querySelector('[data-testid=pause], [data-testid=continue]') !== null ||
      document.querySelector('[data-testid=resume]') === null ||
      document.querySelectorAll('[data-testid=notice]').length > before,
    said,
  );
}

/** What the page says at the top, oldest first. */
export const notices = (page: Page): Promise<string[]> =>
  page.getByTestId('notice').locator('p').allInnerTexts();

/** What a run told of itself in one life of the page, as far as it was heard. */
export class Heard {
  /** Milliseconds since 1970 of the last checkpoint, or of the first sign of the run. */
  kept = 0;
  checkpoints = 0;
  step = 0;
  phase = '';
  events: Event['type'][] = [];
  private readonly waiting: { wanted: () => boolean; resolve: () => void }[] = [];

  take(type: Event['type'], phase: string, step: number): void {
    if (this.kept === 0) this.kept = Date.now();
    if (type === 'checkpoint') {
      this.kept = Date.now();
      this.checkpoints++;
    }
    if (type === 'progress') {
      this.phase = phase;
      this.step = step;
    }
    this.events.push(type);
    for (const waiter of this.waiting.filter(({ wanted }) => wanted())) waiter.resolve();
  }

  /** What comes is another run's. */
  forget(): void {
    this.kept = this.checkpoints = this.step = 0;
    this.phase = '';
    this.events.length = 0;
  }

  /** Resolves when what was heard is as wanted; false after so many seconds. */
  until(wanted: () => boolean, seconds = 60): Promise<boolean> {
    if (wanted()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), 1000 * seconds);
      this.waiting.push({
        wanted,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      });
    });
  }
}

/** Listens to every run of the page from here on. */
export async function listen(page: Page): Promise<Heard> {
  const heard = new Heard();
  await page.exposeFunction('toldToFaults', (type: Event['type'], phase: string, step: number) =>
    heard.take(type, phase, step),
  );
  await page.evaluate(async () => {
    const tell = (window as unknown as { toldToFaults: (...told: unknown[]) => void }).toldToFaults;
    await window.lethe.onEvent((event) =>
      event.type === 'progress'
        ? tell(event.type, event.progress.phase, event.progress.step)
        : tell(event.type, '', 0),
    );
  });
  return heard;
}

/**
 * A press of a button as soon as it is there, without waiting for it to stand still. What has begun is drawn a moment
 * later, so there may be none yet; after so many seconds nothing is pressed.
 */
export const press = (page: Page, testid: string, seconds = 5): Promise<void> =>
  page.evaluate(
    async ([id, most]) => {
      for (const end = performance.now() + 1000 * most; ;) {
        const button = document.querySelector<HTMLButtonElement>(`[data-testid=${id}]:not(:disabled)`);
        button?.click();
        if (button || performance.now() > end) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    [testid, seconds] as const,
  );

/** Waits until the page says something that fits, and takes it away; what it says instead after so many seconds. */
export async function saidAndDismissed(page: Page, wanted: RegExp, seconds = 30): Promise<string> {
  for (const end = Date.now() + 1000 * seconds; ;) {
    const all = page.getByTestId('notice');
    const texts = await all.locator('p').allInnerTexts();
    const at = texts.findIndex((text) => wanted.test(text));
    if (at >= 0 || Date.now() > end) {
      const said = texts[Math.max(0, at)] ?? 'nothing';
      if (at >= 0) await all.nth(at).getByRole('button', { name: 'Dismiss' }).click();
      return said;
    }
    await sleep(50);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Pauses, which keeps a checkpoint, and goes on. */
export async function pauseAndGoOn(page: Page, heard: Heard): Promise<void> {
  const { checkpoints } = heard;
  await press(page, 'pause');
  await heard.until(() => heard.checkpoints > checkpoints);
  await page.getByTestId('continue').click();
  await heard.until(() => heard.phase === 'training');
}
