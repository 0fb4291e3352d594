import { describe, expect, test } from 'vitest';
import type { TryoutQuestion, TryoutState } from '../../worker/protocol';
import type { FolderManifest } from '../../store/types';
import type { Trainer } from '../ports';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { TryIt } from './tryIt.svelte';
import { keptStages, remediesFor, remedyVoice, voicesOf, type Voice } from './voices';

/** A trainer whose models answer with their own names; one of them can't be opened. */
function played() {
  const asked: TryoutQuestion[] = [];
  let open = '';
  let adapters: { id: number; factor: number }[] = [];
  const trainer = {
    tryout: (question: TryoutQuestion) => {
      asked.push(question);
      if (question.ask === 'open') {
        open = JSON.stringify(question.model);
        adapters = [];
        if (open.includes('gone')) return Promise.reject(new Error('It is gone.'));
      }
      if (question.ask === 'attach') adapters = [{ id: 1, factor: question.factor ?? 1 }];
      if (question.ask === 'scale') adapters = [{ id: 1, factor: question.factor }];
      const text = `${open} ${adapters.map(({ factor }) => factor).join()}`;
      return Promise.resolve({
        of: 'tryout',
        state: { adapters } as unknown as TryoutState,
        ...(question.ask === 'answer' && {
          answers: [text],
          tokens: [[{ text, probability: 1, best: [], end: false }]],
        }),
      });
    },
  } as unknown as Trainer;
  const kinds = () => asked.splice(0).map(({ ask }) => ask);
  return {
    tryIt: new TryIt(
      () => Promise.resolve(trainer),
      () => 'wasm',
    ),
    asked,
    kinds,
  };
}

const voice = (key: string, adapter = false): Voice => ({
  key,
  label: key,
  about: '',
  model: { source: 'stored', id: key },
  ...(adapter && { adapter: { runId: 'r', checkpointId: 'c' } }),
});

describe('a prompt to several models', () => {
  test('each is opened, asked once, and asked again only when something changed', async () => {
    const { tryIt, kinds } = played();
    const voices = [voice('a'), voice('gone'), voice('b', true)];
    await tryIt.ask('hello', voices, 0.5);
    expect(kinds()).toEqual(['open', 'answer', 'open', 'open', 'attach', 'answer']);
    expect(tryIt.spoken['a']).toMatchObject({ of: 'answer', prompt: 'hello' });
    expect(tryIt.spoken['gone']).toEqual({ of: 'problem', prompt: 'hello', message: 'It is gone.' });
    expect(tryIt.spoken['b']).toMatchObject({ factor: 0.5 });
    expect(tryIt.asking).toBeNull();
    // Moving the slider asks the adapter alone, whose model is still open, and tries again what had failed.
    await tryIt.ask('hello', [voice('a'), voice('b', true)], 1.5);
    expect(kinds()).toEqual(['scale', 'answer']);
    expect(tryIt.spoken['b']).toMatchObject({ factor: 1.5 });
    await tryIt.ask('hello', [voice('a'), voice('b', true)], 1.5);
    expect(kinds()).toEqual([]);
  });

  test('of what is asked meanwhile the last counts', async () => {
    const { tryIt, asked } = played();
    const first = tryIt.ask('one', [voice('a'), voice('b')], 1);
    void tryIt.ask('two', [voice('a'), voice('b')], 1);
    void tryIt.ask('three', [voice('a'), voice('b')], 1);
    await first;
    const prompts = asked.flatMap((q) => (q.ask === 'answer' ? q.prompts : []));
    expect(prompts).not.toContain('two');
    expect(prompts.slice(-2)).toEqual(['three', 'three']);
    await tryIt.close();
    expect(asked.at(-1)).toEqual({ ask: 'close' });
  });
});

describe('who answers', () => {
  const folder = (runId: string, stage: number, more: object = {}): FolderManifest =>
    ({
      meta: {
        runId,
        checkpointId: `stage-${stage}`,
        place: 'stage',
        stage,
        step: 200 * stage,
        runName: '',
        ...more,
      },
    }) as unknown as FolderManifest;
  const run = fixtureRun({ id: 'one' });
  const replay = fixtureRun({ id: 'two', keep: 0.9, config: fixtureConfig({ method: { name: 'replay' } }) });
  const ewc = fixtureRun({ id: 'three', keep: 0.2, config: fixtureConfig({ method: { name: 'ewc' } }) });
  const kept = keptStages([
    folder('one', 2),
    folder('one', 1),
    folder('two', 2),
    folder('three', 2),
    folder('one', 3, { damaged: 'a chunk is gone' }),
    folder('four', 1, { place: 'step' }),
  ]);

  test('the model before, after each kept stage, and with the best of the other methods', () => {
    expect(kept.get('one')).toEqual([1, 2]);
    expect(kept.has('four')).toBe(false);
    expect(voicesOf(run, kept.get('one')!).map(({ label, model }) => [label, model])).toEqual([
      ['before', run.config.model],
      ['after Reviews', { source: 'checkpoint', runId: 'one', checkpointId: 'stage-1' }],
      ['after Tickets', { source: 'checkpoint', runId: 'one', checkpointId: 'stage-2' }],
    ]);
    const other = fixtureRun({
      id: 'five',
      config: fixtureConfig({ model: { source: 'bundled', name: 'other' } }),
    });
    const remedies = remediesFor(run, [run, ewc, replay, other], new Map([...kept, ['five', [2]]]));
    expect(remedies.map(({ id }) => id)).toEqual(['two', 'three']);
    expect(remedyVoice(replay, kept.get('two')!)).toMatchObject({ label: 'with Replay', key: 'two/2' });
    expect(remedyVoice(replay, [])).toBeNull();
  });
});
