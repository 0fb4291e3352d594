import { expect, test } from 'vitest';
import type { TryoutQuestion, TryoutState } from '../../worker/protocol';
import type { Trainer } from '../ports';
import { Tryout } from './tryout.svelte';

/** A trainer that has one adapter, and answers with its factor when it is let to. */
function played() {
  const asked: TryoutQuestion[] = [];
  const waiting: (() => void)[] = [];
  let factor = 1;
  const trainer = {
    tryout: async (question: TryoutQuestion) => {
      asked.push(question);
      if (question.ask === 'scale') {
        if (question.factor < 0) throw new Error('below nothing');
        ({ factor } = question);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const state = { adapters: [{ id: 1, factor }] } as unknown as TryoutState;
      return {
        of: 'tryout',
        state: question.ask === 'close' ? null : state,
        ...(question.ask === 'answer' ? { answers: [`${question.prompts.join()} ${factor}`] } : {}),
        ...(question.ask === 'keep' ? { modelId: 'model/1' } : {}),
      };
    },
  } as unknown as Trainer;
  const tryout = new Tryout(() => Promise.resolve(trainer));
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      waiting.splice(0).forEach((resolve) => resolve());
      await Promise.resolve();
    }
  };
  return { tryout, asked, settle };
}

const open = { source: 'bundled', name: 'pocket' } as const;

test('what is changed shows at once, with a new answer', async () => {
  const { tryout, settle, asked } = played();
  expect(tryout.state).toBeNull();
  await tryout.open(open, 'wasm');
  tryout.prompt = ' what ';
  await tryout.ask();
  expect(tryout.answer).toBe('what 1');
  tryout.scale(1, 0.5);
  await settle();
  expect(tryout.answer).toBe('what 0.5');
  expect(tryout.state!.adapters[0]!.factor).toBe(0.5);
  expect(await tryout.keep('Mine')).toBe('model/1');
  await tryout.close();
  expect(tryout.state).toBeNull();
  expect(asked.at(-1)).toEqual({ ask: 'close' });
});

test('of scales that come while one is on its way, the last is taken', async () => {
  const { tryout, asked, settle } = played();
  await tryout.open(open, 'auto');
  for (const factor of [0.1, 0.2, 0.3, 0.4]) tryout.scale(1, factor);
  await settle();
  expect(asked.flatMap((q) => (q.ask === 'scale' ? [q.factor] : []))).toEqual([0.1, 0.4]);
});

test('what goes wrong is told until the next try, and nothing else changes', async () => {
  const { tryout, settle } = played();
  await tryout.open(open, 'auto');
  tryout.scale(1, -1);
  await settle();
  expect(tryout.problem).toBe('below nothing');
  expect(tryout.busy).toBe(false);
  expect(tryout.state!.adapters).toHaveLength(1);
  tryout.scale(1, 2);
  await settle();
  expect(tryout.problem).toBeUndefined();
});
