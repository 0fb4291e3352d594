/** Vitest's browser mode on the two browsers of launch.mjs. */
import { defineBrowserProvider } from '@vitest/browser';
import { launchChromium, launchFirefox } from './launch.mjs';

/**
 * @template {{ close(): Promise<unknown> }} Page
 * @param {string} name
 * @param {() => Promise<{ newPage(): Promise<Page>, close(): Promise<unknown> }>} launch
 * @param {(page: Page, url: string) => Promise<unknown>} open
 */
const provider = (name, launch, open) =>
  defineBrowserProvider({
    name,
    supportedBrowser: [name],
    providerFactory() {
      /** @type {ReturnType<typeof launch> | undefined} */
      let browser;
      /** @type {Map<string, Page>} */
      const pages = new Map();
      return {
        name,
        supportsParallelism: false,
        getCommandsContext: (sessionId) => ({ page: pages.get(sessionId) }),
        async openPage(sessionId, url) {
          browser ??= launch();
          await pages.get(sessionId)?.close();
          const page = await (await browser).newPage();
          pages.set(sessionId, page);
          await open(page, url);
        },
        async close() {
          const running = browser;
          browser = undefined;
          pages.clear();
          await (await running)?.close();
        },
      };
    },
  });

export const chromium = provider('chromium', launchChromium, async (page, url) => {
  page.on('crash', () => process.stderr.write('The page of the tests crashed.\n'));
  await page.goto(url, { timeout: 0 });
});

export const firefox = provider('firefox', launchFirefox, (page, url) => page.goto(url, { timeout: 0 }));
