import { ESLint } from 'eslint';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { houseConfig } from '../../tools/lint/house.js';

const root = path.resolve(import.meta.dirname, '../..');

/** The house rule alone, without type information, so that snippets may pose as files that do not exist. */
const linter = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser, globals: { fetch: 'readonly' } },
    },
    houseConfig(root),
  ],
});

async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await linter.lintText(code, { filePath: path.join(root, file) });
  return result!.messages.map((message) => `${message.ruleId ?? 'parse error'}: ${message.message}`);
}

const violations: [what: string, file: string, code: string, says: RegExp][] = [
  ['ui → engine', 'src/ui/a.ts', `import { x } from '../engine/device';`, /src\/ui may not import/],
  ['ui → continual', 'src/ui/a.ts', `import { x } from '../continual/run';`, /src\/ui may not import/],
  ['ui → session', 'src/ui/a.ts', `import { x } from '../worker/session';`, /src\/ui may not import/],
  ['ui, deeper', 'src/ui/charts/a.ts', `import { x } from '../../engine/random';`, /may not import/],
  ['the entry is ui', 'src/main.ts', `import { x } from './engine/device';`, /src\/ui may not import/],
  ['worker → ui', 'src/worker/a.ts', `import { x } from '../ui/state';`, /src\/worker may not import/],
  ['continual → worker', 'src/continual/a.ts', `import { x } from '../worker/client';`, /may not import/],
  ['continual → store', 'src/continual/a.ts', `import { x } from '../store/store';`, /may not import/],
  ['continual → data', 'src/continual/a.ts', `import { x } from '../data/task';`, /may not import/],
  ['engine → run', 'src/engine/a.ts', `import type { x } from '../run/config';`, /may import src\/security/],
  ['engine → data', 'src/engine/t5/a.ts', `import { x } from '../../data/task';`, /may not import/],
  ['data → engine', 'src/data/a.ts', `import { x } from '../engine/text/tokenizer';`, /may not import/],
  ['models → store', 'src/models/a.ts', `import { x } from '../store/store';`, /may not import/],
  ['store → models', 'src/store/a.ts', `import { x } from '../models/load';`, /may not import/],
  ['run → data', 'src/run/a.ts', `import { x } from '../data/task';`, /may not import/],
  ['re-export', 'src/ui/a.ts', `export { x } from '../engine/device';`, /may not import/],
  ['export all', 'src/ui/a.ts', `export * from '../engine/device';`, /may not import/],
  ['import()', 'src/ui/a.ts', `await import('../engine/device');`, /may not import/],
  ['import type()', 'src/ui/a.ts', `let x: import('../engine/device').X;`, /may not import/],
  ['new URL', 'src/ui/a.ts', `new URL('../engine/a.ts', import.meta.url);`, /may not import/],
  ['tfjs in ui', 'src/ui/a.ts', `import '@tensorflow/tfjs';`, /only under src\/engine/],
  ['tfjs in a method', 'src/continual/methods/a.ts', `import '@tensorflow/tfjs-core';`, /src\/engine/],
  ['tfjs, late', 'src/worker/a.ts', `await import('@tensorflow/tfjs');`, /only under src\/engine/],
  ['idb-keyval in ui', 'src/ui/a.ts', `import { get } from 'idb-keyval';`, /only under src\/store/],
  ['indexedDB', 'src/worker/a.ts', `indexedDB.open('x');`, /indexedDB is used only under src\/store/],
  ['self.indexedDB', 'src/models/a.ts', `self.indexedDB.open('x');`, /only under src\/store/],
  ['fetch in ui', 'src/ui/a.ts', `await fetch('x');`, /fetch is used only under/],
  ['fetch in engine', 'src/engine/a.ts', `await globalThis.fetch('x');`, /fetch is used only under/],
  ['fetch in store', 'src/store/a.ts', `const f = window['fetch'];`, /fetch is used only under/],
  ['WebSocket', 'src/worker/a.ts', `new WebSocket('x');`, /WebSocket is used only under/],
  ['postMessage in ui', 'src/ui/a.ts', `worker.postMessage(1);`, /postMessage is called only under/],
  ['postMessage in engine', 'src/engine/a.ts', `port.postMessage(1);`, /postMessage is called only/],
  ['postMessage in store', 'src/store/a.ts', `channel.postMessage(1);`, /postMessage is called only/],
  ['global postMessage', 'src/data/a.ts', `postMessage(1);`, /postMessage is called only under/],
];

const allowed: [what: string, file: string, code: string][] = [
  ['ui → client', 'src/ui/a.ts', `import { x } from '../worker/client';`],
  ['ui → data', 'src/ui/charts/a.ts', `import { x } from '../../data/read';`],
  ['ui, own folders', 'src/ui/a.ts', `import { x } from './engine/x'; import y from '../ui/store';`],
  ['worker → engine', 'src/worker/a.ts', `import { x } from '../engine/device';`],
  ['continual: data types', 'src/continual/a.ts', `import type { x } from '../data/task';`],
  ['continual → engine', 'src/continual/methods/a.ts', `import { x } from '../../engine/parameters';`],
  ['tfjs in engine', 'src/engine/ops/a.ts', `import '@tensorflow/tfjs';`],
  ['idb-keyval in store', 'src/store/a.ts', `import 'idb-keyval'; indexedDB.open('x');`],
  ['fetch in models', 'src/models/a.ts', `await fetch('x');`],
  ['fetch in data', 'src/data/a.ts', `await globalThis.fetch('x');`],
  ['a fetch of its own', 'src/ui/a.ts', `const fetch = () => 1; fetch();`],
  ['postMessage in worker', 'src/worker/a.ts', `worker.postMessage(1); postMessage(2);`],
  ['postMessage in threads', 'src/engine/threads/pool.ts', `worker.postMessage(1);`],
  ['postMessage in tabs', 'src/store/tabs.ts', `channel.postMessage(1);`],
  ['a test', 'src/ui/a.test.ts', `import { x } from '../engine/device'; await fetch('x');`],
  ['outside src', 'tools/a.ts', `import { x } from '../src/engine/device'; await fetch('x');`],
];

describe('the house rules', () => {
  it.each(violations)('stop %s', async (_what, file, code, says) => {
    const found = await complaints(file, code);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^lethe\/house: /);
    expect(found[0]).toMatch(says);
  });

  it.each(allowed)('let %s be', async (_what, file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });

  it('are on, as errors, for every source file and component of the project', async () => {
    const project = new ESLint({ cwd: root });
    for (const file of [
      'src/ui/App.svelte',
      'src/ui/state.svelte.ts',
      'src/engine/device.ts',
      'src/main.ts',
    ]) {
      const config = (await project.calculateConfigForFile(path.join(root, file))) as {
        rules: Record<string, unknown[]>;
      };
      expect(config.rules['lethe/house']).toEqual([2, { root }]);
    }
  });
});
