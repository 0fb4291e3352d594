/** Every screen of the page, and what is opened on it. */
import type { Page } from 'playwright-core';
import { filesOfAClass } from './handIns';

/** Where a screen is, with which runs, and how one gets to what it shows. */
export interface Screen {
  name: string;
  hash: string;
  /** Of `src/ui/testing/preview.ts`. */
  state: 'empty' | 'running' | 'finished' | 'study' | 'interrupted';
  open?: (page: Page) => Promise<unknown>;
  /** Another of the list scrolled down: for the eye alone. */
  scrolled?: boolean;
}

const press = async (page: Page, testid: string) => {
  await page.getByTestId(testid).first().click();
};

const dialog = (testid: string) => async (page: Page) => {
  await press(page, testid);
  await page.locator('[role=dialog], [role=alertdialog]').waitFor();
};

const REVIEWS = ['review,verdict'];
for (let i = 0; i < 40; i++)
  REVIEWS.push(`The ${i % 2 ? 'kettle boils fast' : 'lamp broke'} on day ${i}.,${i % 2 ? 'good' : 'bad'}`);

export const SCREENS: readonly Screen[] = [
  {
    name: 'start',
    hash: '#/start',
    state: 'finished',
    // How long it takes is measured, in every language.
    open: (page) =>
      page
        .getByTestId('start-facts')
        .getByText(/2 minut/i)
        .waitFor(),
  },
  { name: 'bench-empty', hash: '#/bench', state: 'empty' },
  {
    name: 'bench-running',
    hash: '#/bench',
    state: 'running',
    open: (page) => page.getByTestId('phase').getByText('292').waitFor(),
  },
  { name: 'bench', hash: '#/bench', state: 'finished' },
  {
    name: 'bench-below',
    hash: '#/bench',
    state: 'finished',
    open: (page) => below(page, 'answers'),
    scrolled: true,
  },
  {
    name: 'bench-pictures',
    hash: '#/bench',
    state: 'finished',
    open: (page) => below(page, 'relearning'),
    scrolled: true,
  },
  { name: 'bench-interrupted', hash: '#/bench', state: 'interrupted' },
  {
    name: 'bench-settings',
    hash: '#/bench',
    state: 'finished',
    open: async (page) => {
      // Without a rail, as on a projector, there is nothing to set up.
      const settings = page.getByTestId('settings').locator('summary');
      if (await settings.isVisible()) await settings.click();
    },
  },
  {
    name: 'notice',
    hash: '#/bench',
    state: 'finished',
    open: (page) =>
      page.evaluate(() => {
        window.preview.notices.show('error', 'The run could not be started', {
          why: ['the device is out of memory.'],
        });
        window.preview.notices.show('info', 'lethe-reviews.zip is being saved.', {
          action: { label: 'Cancel', run: () => undefined },
        });
      }),
  },
  { name: 'menu', hash: '#/start', state: 'finished', open: (page) => press(page, 'menu') },
  {
    name: 'dialog-help',
    hash: '#/start',
    state: 'finished',
    open: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'dialog-confirm', hash: '#/start', state: 'finished', open: confirm },
  { name: 'dialog-model', hash: '#/bench', state: 'finished', open: onRail(dialog('add-model')) },
  { name: 'dialog-data', hash: '#/bench', state: 'finished', open: onRail(dialog('add-data')) },
  { name: 'dialog-adapters', hash: '#/bench', state: 'finished', open: onRail(dialog('adapters')) },
  { name: 'dialog-share', hash: '#/bench', state: 'finished', open: onRail(dialog('share-plan')) },
  {
    name: 'dialog-mapping',
    hash: '#/bench',
    state: 'finished',
    open: onRail(async (page) => {
      const buffer = Buffer.from(REVIEWS.join('\n'));
      await page.getByTestId('file').setInputFiles({ name: 'reviews.csv', mimeType: 'text/csv', buffer });
      await page.getByTestId('preview').waitFor();
    }),
  },
  { name: 'lessons', hash: '#/lessons', state: 'finished' },
  {
    name: 'lesson',
    hash: '#/lessons/forgetting',
    state: 'finished',
    open: (page) => page.getByTestId('draw').waitFor(),
  },
  {
    name: 'lesson-done',
    hash: '#/lessons/replay',
    state: 'finished',
    open: async (page) => {
      await press(page, 'lesson-done');
      await press(page, 'lesson-play');
      await page.getByTestId('lesson-distance').waitFor();
    },
  },
  {
    name: 'class',
    hash: '#/lessons/class',
    state: 'finished',
    open: async (page) => {
      await page.getByTestId('class-files').setInputFiles(await filesOfAClass());
      await page.getByTestId('class-table').waitFor();
    },
  },
  { name: 'try', hash: '#/try', state: 'finished' },
  {
    name: 'try-answers',
    hash: '#/try',
    state: 'finished',
    open: async (page) => {
      await page.getByTestId('try-prompt').fill('The kettle leaks. Is this review positive or negative?');
      await press(page, 'try-ask');
      await page.getByTestId('voice-answer').first().waitFor();
    },
  },
  { name: 'compare', hash: '#/compare', state: 'study' },
  {
    name: 'compare-below',
    hash: '#/compare',
    state: 'study',
    open: (page) => below(page, 'plane'),
    scrolled: true,
  },
  { name: 'study', hash: '#/study/study-Infinity', state: 'finished' },
  { name: 'study-half', hash: '#/study/study-7', state: 'finished' },
  { name: 'study-empty', hash: '#/study', state: 'empty' },
  { name: 'shelf', hash: '#/shelf', state: 'finished' },
  {
    name: 'dialog-project',
    hash: '#/shelf',
    state: 'finished',
    open: async (page) => {
      const file = { name: 'workshop.lethe', mimeType: 'application/zip', buffer: Buffer.from('PK') };
      await page.getByTestId('project-file').setInputFiles(file);
      await page.getByTestId('project-dialog').waitFor();
    },
  },
  { name: 'shelf-empty', hash: '#/shelf', state: 'empty' },
  { name: 'report', hash: '#/report', state: 'finished' },
];

/** What is set up is not on a projector, whose rail is left out. */
function onRail(open: (page: Page) => Promise<unknown>): (page: Page) => Promise<unknown> {
  return async (page) => {
    if (await page.locator('aside.rail').isVisible()) await open(page);
  };
}

async function confirm(page: Page): Promise<void> {
  await page.keyboard.press('r');
  await page.getByRole('alertdialog').waitFor();
}

/** Scrolled to what lies further down. */
async function below(page: Page, testid: string): Promise<void> {
  await page
    .getByTestId(testid)
    .first()
    .evaluate((element) => element.scrollIntoView({ block: 'start' }));
}
