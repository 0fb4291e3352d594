/** Readers of the page's own formats, which come from strangers too: run configs, results, addresses. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRunConfig } from '../../../src/run/config';
import { parseRunResult } from '../../../src/run/resultSchema';
import { pictured } from '../../../src/ui/testing/pictured';
import { parseRoute, routeHash } from '../../../src/ui/routes';
import { root } from '../../project.mjs';
import { changedJson } from './damage';
import { must, Refusal, type Target } from './target';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(root, 'tests/fixtures', name), 'utf8'));

interface Changed {
  value: unknown;
  whole: boolean;
}

const size = ({ value }: Changed): number => (JSON.stringify(value) as string | undefined)?.length ?? 0;

/** Problems that name a place in the value, or the whole of it. */
function refusedBy(problems: readonly { path: string; message: string }[]): never {
  must(problems.length > 0, 'refused without a word');
  must(
    problems.every(({ message }) => message.length > 5),
    'a problem without words',
  );
  throw new Refusal(problems[0]!.message);
}

/** What is accepted is its own normal form: read again it is the same. */
export const runConfig: Target<Changed> = {
  name: 'run config',
  input: changedJson(fixture('lab/config.json')),
  size,
  read: ({ value, whole }) => {
    const parsed = parseRunConfig(value);
    if (!parsed.ok) {
      must(!whole, `a good config was refused: ${parsed.problems[0]?.message ?? ''}`);
      return refusedBy(parsed.problems);
    }
    const again = parseRunConfig(JSON.parse(JSON.stringify(parsed.config)));
    must(
      again.ok && JSON.stringify(again.config) === JSON.stringify(parsed.config),
      'read again it is another one',
    );
    const { tasks, plan } = parsed.config;
    const known = tasks.map(({ id }) => id);
    must(
      plan.stages.every(({ task }) => known.includes(task)),
      'a stage of no task',
    );
    must(Object.getPrototypeOf(parsed.config) === Object.prototype, 'an object of another kind');
  },
};

export const runResult: Target<Changed> = {
  name: 'run result',
  input: changedJson(JSON.parse(JSON.stringify(pictured()))),
  size,
  read: ({ value, whole }) => {
    const parsed = parseRunResult(value);
    if (!parsed.ok) {
      must(!whole, `a good result was refused: ${parsed.problems[0]?.message ?? ''}`);
      return refusedBy(parsed.problems);
    }
    const { result } = parsed;
    must(result.losses.every(Number.isFinite), 'a loss that is no number');
    must(
      result.matrix.every((row, i) => row.stage === i),
      'rows out of order',
    );
  },
};

export const address: Target<string> = {
  name: 'address',
  input: fc.oneof(
    fc.string(),
    fc.webFragments().map((text) => `#/${text}`),
    fc.string().map((id) => `#/bench/${id}`),
  ),
  size: (text) => text.length,
  read: (text) => {
    const route = parseRoute(text);
    const again = parseRoute(routeHash(route));
    must(JSON.stringify(again) === JSON.stringify(route), 'the address of a place leads elsewhere');
  },
};
