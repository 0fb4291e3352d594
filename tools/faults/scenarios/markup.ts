/**
 * Text that would be a script, markup, a formula or a trick of writing direction, through every text that the page
 * takes: file and column names, cells, labels, task and run names, templates, imported results, addresses. None may run
 * or become an element, and nothing may be against the page's policy.
 */
import type { Page } from 'playwright-core';
import type { RunResult } from '../../../src/run/result';
import { withBrowser } from '../harness/browser';
import { typeEverywhere } from '../harness/fields';
import { notices, openPage, record, sleep } from '../harness/page';
import { lookAround, trainAFew, upload } from '../harness/walk';
import type { Context, Outcome, Scenario } from '../scenario';

const RUN = 'globalThis.ranByMarkup=1';

export const CORPUS = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `"><svg/onload=${RUN}>`,
  `'"--></style></textarea></title><script>${RUN}</script>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<a href="javascript:${RUN}" autofocus onfocus="${RUN}">x</a>`,
  `javascript:${RUN}//`,
  `data:text/html,<script>opener.${RUN}</script>`,
  `<details open ontoggle=${RUN}>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<style>@import'//127.0.0.1:1/x';*{background:url(//127.0.0.1:1/y)}</style>`,
  `{constructor.constructor('${RUN}')()}`,
  '${globalThis.ranByMarkup=1}',
  `\\u003cscript\\u003e${RUN}\\u003c/script\\u003e`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `]]><script xmlns="http://www.w3.org/1999/xhtml">${RUN}</script>`,
  '__proto__',
  'constructor',
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("//127.0.0.1:1","x")',
  "@SUM(1+1)*cmd|' /C calc'!A0",
  '+1-1',
  '-2+3',
  '\u202Egnp.exe\u202C',
  'a\u0000b\u0007c\u001B[31m',
  '\u2028\u2029\uFEFF',
  '\uD800',
  'Z̸̡̢͓̳̜̪̟̳̠̻̖͐̂̍̅̔̂͋͂͐',
];

/** A file with a zero byte is refused as no text, so that none of it would be seen. */
const cell = (text: string) => `"${text.replaceAll('\u0000', '').replaceAll('"', '""')}"`;

/** Ten rows a label, since the smallest part of a task needs some. */
function sheet(texts: readonly string[]): string {
  const head = [cell('words'), cell('label'), cell(texts[0]!)].join(',');
  const rows = Array.from({ length: 30 }, (_, i) =>
    [cell(`${texts[i % texts.length]!} ${i}`), cell(texts[(i + 1) % texts.length]!), cell('x')].join(','),
  );
  return [head, ...rows].join('\r\n');
}

/** Puts a text in the place of every free text of a record. */
export function hostile(result: RunResult, texts: readonly string[], id: string): RunResult {
  let at = 0;
  const next = () => texts[at++ % texts.length]!;
  const copy = structuredClone(result);
  copy.id = id;
  copy.name = next();
  copy.error = next();
  copy.status = 'failed';
  if (copy.device) copy.device = { ...copy.device, description: next(), userAgent: next() };
  copy.memory = next();
  copy.config.name = next();
  copy.config.tasks.forEach((task) => (task.name = next().slice(0, 200)));
  copy.samples.forEach((sample) => {
    sample.prompt = next();
    sample.reference = next();
    sample.answers.forEach((answer) => (answer.answer = next()));
  });
  copy.lost = [
    ...(copy.lost ?? []),
    ...copy.config.tasks.map((task) => ({
      task: task.id,
      stage: 1,
      prompt: next(),
      reference: next(),
      answer: next(),
    })),
  ];
  if (copy.labels) copy.labels = copy.labels.map(next);
  return copy;
}

export const markup: Scenario = {
  name: 'markup',
  about: 'a corpus of stored XSS through every text field; nothing runs, the policy reports nothing',
  counts: { long: CORPUS.length, short: 2 },
  run: ({ count, draws, site, tell }: Context): Promise<Outcome> =>
    withBrowser(async ({ page, context }) => {
      const failures: string[] = [];
      const reports: string[] = [];
      const asked: string[] = [];
      page.on('dialog', (dialog) => {
        failures.push(`a dialog opened: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => failures.push(`the page threw: ${error.message}`));
      page.on('request', (request) => asked.push(request.url()));
      await context.exposeFunction('policyReport', (text: string) => reports.push(text));
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          const { policyReport } = window as unknown as { policyReport: (text: string) => void };
          policyReport(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });
      });
      const texts = count < CORPUS.length ? draws.shuffled(CORPUS).slice(0, count) : CORPUS;
      await openPage(page, site.page);
      let seen = 0;
      let planned = 0;
      for (let from = 0; from < texts.length; from += 4) {
        const some = texts.slice(from, from + 4);
        const task = some[0]!.replaceAll(/\p{Cc}/gu, ' ').slice(0, 150);
        const taken = await upload(page, {
          name: `${some
            .at(-1)!
            .replaceAll(/[/\\\p{Cc}]/gu, '_')
            .slice(0, 80)}.csv`,
          content: sheet(some),
          task,
          input: `${some[0]!.replaceAll('{', '{{').replaceAll('}', '}}')} {words}`,
          target: '{label}',
        });
        seen++;
        if (taken) planned++;
      }
      if (planned === 0) failures.push('no hostile file became a task');
      const runId = await trainAFew(page);
      const files = await lookAround(page, runId);
      tell(`trained on ${seen} hostile files; ${files.size} files exported`);
      const result = (await record(page, runId))!;
      await page.getByTestId('nav-compare').click();
      for (const [i, text] of texts.entries()) {
        const turned = [text, ...texts.filter((other) => other !== text)];
        const content = JSON.stringify(hostile(result, turned, `hostile-${i}`));
        await page
          .getByTestId('result-files')
          .setInputFiles({ name: 'result.json', mimeType: 'application/json', buffer: Buffer.from(content) });
        await page
          .waitForFunction((id) => window.lethe.run(id).then((run) => run !== undefined), `hostile-${i}`)
          .catch(() => undefined);
      }
      const refused = await notices(page);
      let opened = 0;
      for (const [i] of texts.entries()) {
        const id = `hostile-${i}`;
        if ((await record(page, id)) === undefined) continue;
        opened++;
        for (const [name, content] of await lookAround(page, id)) files.set(`${i} ${name}`, content);
      }
      tell(
        `${opened} hostile results opened, ${refused.length} refused: ${refused.join(' | ').slice(0, 200)}`,
      );
      if (opened === 0) failures.push('no hostile result could be opened, so nothing was seen');
      const typed = await typeEverywhere(page, result, texts);
      tell(`typed and brought in ${Object.keys(typed).length} other ways`);
      for (const text of texts)
        // Half of a surrogate pair is no text that an address can have.
        await page.evaluate(
          (hash) => (location.hash = hash),
          `#/bench/${encodeURIComponent(Buffer.from(text).toString())}`,
        );
      await sleep(300);
      failures.push(...(await grown(page)));
      failures.push(...[...files].flatMap(([name, content]) => unsafeFile(name, content)));
      const svgs = [...files].filter(([name]) => name.endsWith('.svg'));
      failures.push(...(await openSvgs(await context.newPage(), site.page, svgs)));
      failures.push(...reports.map((report) => `the policy reported ${report}`));
      const foreign = asked.filter((url) => !url.startsWith(site.origin) && !/^(blob|data):/.test(url));
      failures.push(...foreign.map((url) => `it asked for ${url}`));
      return {
        done: texts.length,
        failures: [...new Set(failures)],
        figures: {
          'files uploaded': seen,
          'of them taken as tasks': planned,
          'results opened': opened,
          'texts typed or brought in otherwise': Object.values(typed).reduce((sum, n) => sum + n, 0),
          'other ways': Object.keys(typed).join(', '),
          'files exported and checked': files.size,
          'reports of the policy': reports.length,
        },
      };
    }),
};

/** What the page would have if a text had become more than text. */
const grown = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    if ('ranByMarkup' in globalThis) found.push('a text ran as a script');
    if ('polluted' in {}) found.push('a text became a property of every object');
    for (const selector of [
      'iframe',
      'object',
      'embed',
      'style:not([data-vite-dev-id])',
      'img[src="x"]',
      'animate',
      'math',
      '[onerror], [onload], [onfocus], [ontoggle], [onbegin]',
      'a[href^="javascript:"]',
      'a[href^="data:"]',
    ])
      if (document.body.querySelector(selector)) found.push(`a text became an element: ${selector}`);
    return found;
  });

/** A cell that a spreadsheet would compute. */
function unsafeFile(name: string, content: string): string[] {
  if (!name.endsWith('.csv')) return [];
  const cells = content.split(/\r\n|,/).map((text) => text.replace(/^"/, ''));
  const formulas = cells.filter((text) => /^[=@\t\r]/.test(text) || /^[+-](?![\d.]+"?$)./.test(text));
  return formulas.slice(0, 3).map((text) => `${name} has a cell that is computed: ${text.slice(0, 40)}`);
}

/** A picture that is opened by itself is a document, whose scripts would run. */
async function openSvgs(page: Page, base: string, svgs: [string, string][]): Promise<string[]> {
  const found: string[] = [];
  await page.goto(`${base}icons/lethe.svg`);
  for (const [name, content] of svgs) {
    const ran = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const bad = parsed.querySelector(
        'script, foreignObject, a, image, iframe, animate, style, parsererror',
      );
      const handlers = [...parsed.querySelectorAll('*')].some((e) =>
        [...e.attributes].some((a) => a.name.startsWith('on')),
      );
      return bad ? bad.nodeName : handlers ? 'a handler' : '';
    }, content);
    if (ran !== '') found.push(`${name} holds ${ran}`);
  }
  return found;
}
