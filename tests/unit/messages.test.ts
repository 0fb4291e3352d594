/** What the worker says, in every language of the page: none lacks, and each is known again when it comes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/continual/failure';
import { DivergedError } from '../../src/continual/lossQueue';
import { newRecord } from '../../src/continual/record';
import { FakeLearner, fakeConfig } from '../../src/continual/testing';
import { fitRun } from '../../src/engine/fitting';
import { parseT5Config } from '../../src/engine/t5/config';
import { parseRunConfig } from '../../src/run/config';
import { asStoreError } from '../../src/store/errors';
import { speaker } from '../../src/words/message';
import { readMessages, translations } from '../../src/words/catalogue.mjs';
import { takeMessages } from '../../src/words/messages.mjs';
import { checkRoom } from '../../src/worker/room';
import { root } from '../../tools/project.mjs';

const messages = takeMessages();
const places = (text: string) => [...new Set(text.match(/\{\d+\}/g))].sort();
const fill = (text: string, value: (place: string) => string) =>
  places(text).reduce((filled, place) => filled.replaceAll(place, () => value(place)), text);

describe.each(translations)('what the worker says, in %s', (language) => {
  const pairs = readMessages(language);
  const known = new Map(pairs);
  const say = speaker(pairs, language);

  it('has every message of the sources, with all that is put into it', () => {
    expect(messages.length).toBeGreaterThan(400);
    expect(
      messages.map(({ text }) => text).filter((text) => !known.get(text)),
      'npm run words lists them too',
    ).toEqual([]);
    for (const { text, optional } of messages) {
      const may = places(text).filter((place) => optional.some((i) => place === `{${i}}`));
      const must = places(text).filter((place) => !may.includes(place));
      const has = places(known.get(text) ?? '');
      expect(
        has.filter((place) => !may.includes(place)),
        text,
      ).toEqual(must);
    }
  });

  it('knows each again, whatever was put into it', () => {
    // Numbers, so that short ones are known too; a text that is its own translation says nothing.
    for (const { text } of messages) {
      if (!text.includes(' ')) continue;
      const number = (place: string) => `7${place.slice(1, -1)}`;
      expect(say(fill(text, number)), text).toBe(fill(known.get(text) ?? '', number));
    }
  });
});

describe('in German', () => {
  const say = speaker(readMessages('de'), 'de');
  /** Words that no German sentence has. */
  const english = /\b(the|expected|found|is|are|has|have|and|of|which|with|only|no|left|takes?|row)\b/;
  const unquoted = (text: string) => text.replace(/"[^"]*"|„[^“]*“|[\w.]+\.from_pretrained.*$/g, '');

  it('all is said of bad input that English says', () => {
    const page = readFileSync(path.join(root, 'docs/bad-input.md'), 'utf8');
    const said = [...page.matchAll(/^- \*\*.*?: `(.*)`$/gm)].map(([, message]) => message!);
    expect(said.length).toBeGreaterThan(15);
    for (const message of said) {
      expect(say(message)).not.toBe(message);
      expect(unquoted(say(message)), message).not.toMatch(english);
    }
    expect(say('reviews.csv, line 4, column 1: the file holds only white space; expected rows.')).toBe(
      'reviews.csv, Zeile 4, Spalte 1: die Datei enthält nur Leerraum; erwartet werden Zeilen.',
    );
  });

  it('so is a run that diverged, does not fit, has no room or loses its device', async () => {
    const record = newRecord('r', fakeConfig(), '2026-01-01T00:00:00.000Z');
    record.parameters = 30e6;
    const thrown = async (work: () => unknown) => {
      try {
        await work();
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('nothing was thrown');
    };
    const sizes = {
      batch: { rows: 8, source: 96, target: 32 },
      evaluation: { rows: 32, newTokens: 32, beams: 1 },
      optimizer: 'adamw' as const,
      sets: 1,
    };
    const limits = { buffer: 1e9, binding: 1e9, total: 20e6 };
    const model = JSON.parse(
      readFileSync(path.join(root, 'public/models/pocket/config.json'), 'utf8'),
    ) as unknown;
    const reasons = [
      explain(new DivergedError(3, NaN), record, new FakeLearner()),
      explain(new DivergedError(-1, NaN), record, new FakeLearner()),
      await thrown(() => fitRun(parseT5Config(model), sizes, 'wasm', limits)),
      await thrown(() =>
        checkRoom({ usage: () => Promise.resolve({ used: 9e6, quota: 10e6, kept: 0 }) }, record),
      ),
      asStoreError({ name: 'QuotaExceededError' }, 'could not save').message,
      'The WebGPU device was lost (destroyed): gone. The run can go on from its last checkpoint.',
      'The checkpoint at step 12 could not be kept: could not save: this browser has no room left for it; delete runs or models that are no longer needed, or free disk space. What was kept before is untouched, and nothing is lost while this page stays open: mend it, then continue.',
      'WebAssembly with SIMD, because WebGPU is not available: this browser has no WebGPU.',
    ];
    for (const reason of reasons) {
      expect(say(reason)).not.toBe(reason);
      expect(unquoted(say(reason)), reason).not.toMatch(english);
    }
    expect(say(reasons[3]!)).toMatch(/dieser Browser hat für die Seite noch [\d,.]+ [kM]i?B frei/);
  });

  it('so is what a schema says of a value', () => {
    const run = fakeConfig();
    const wrong: [unknown, RegExp][] = [
      [{ ...run, name: 3 }, /^Ungültiger Typ: erwartet string, erhalten 3$/],
      [{ ...run, unheardOf: 3 }, /^Ungültiger Schlüssel: erwartet never, erhalten "unheardOf"$/],
      [{ ...run, batchSize: 0 }, /^Ungültiger Wert: erwartet >=1, erhalten 0$/],
      [{ ...run, batchSize: 1.5 }, /^Keine ganze Zahl: erhalten 1\.5$/],
      [{ ...run, name: 'x'.repeat(1000) }, /^Ungültige Länge: erwartet <=\d+, erhalten 1000$/],
    ];
    for (const [config, german] of wrong) {
      const parsed = parseRunConfig(config);
      if (parsed.ok) throw new Error(`taken: ${JSON.stringify(config)}`);
      const { message } = parsed.problems[0]!;
      expect(say(message)).toMatch(german);
      expect(say(`plan.json: ${message}`)).toBe(`plan.json: ${say(message)}`);
    }
  });

  it('leaves people’s own words and all that is no message alone', () => {
    for (const text of ['Reviews → Tickets', 'state of the art', 'a, test and train.csv', 'x: y'])
      expect(say(`“${text}”`)).toBe(`“${text}”`);
    expect(
      say(
        'the label "the end of file" never occurs in the training part, but 1 time in validation and test; it cannot be learnt.',
      ),
    ).toContain('"the end of file"');
    expect(say('Der Lauf ist schon zu Ende.')).toBe('Der Lauf ist schon zu Ende.');
  });
});
