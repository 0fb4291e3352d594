import { expect, test } from 'vitest';
import { Vigil } from './vigil';

function setUp() {
  let look: () => void = () => undefined;
  let looking = false;
  const told: string[] = [];
  const state = { held: new Set(['r']) as Set<string> | null };
  const vigil = new Vigil(() => told.push('gone'), {
    held: () => Promise.resolve(state.held),
    every: (call) => {
      looking = true;
      look = call;
      return () => (looking = false);
    },
  });
  const turn = async () => {
    look();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { vigil, state, told, turn, looking: () => looking };
}

test('a worker is gone when two looks in a row find that nobody holds its run', async () => {
  const { vigil, state, told, turn, looking } = setUp();
  vigil.watch('r');
  await turn();
  state.held = new Set(['another']);
  await turn();
  state.held = new Set(['r']);
  await turn();
  state.held = new Set();
  await turn();
  expect(told).toEqual([]);
  await turn();
  expect(told).toEqual(['gone']);
  expect(looking()).toBe(false);
});

test('nothing is concluded after the end, nor where the browser cannot say', async () => {
  const { vigil, state, told, turn } = setUp();
  vigil.watch('r');
  state.held = null;
  await turn();
  await turn();
  state.held = new Set();
  await turn();
  // The look is still under way when the run ends.
  const last = turn();
  vigil.rest();
  await last;
  expect(told).toEqual([]);
});
