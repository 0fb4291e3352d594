import { expect, it } from 'vitest';
import { fixtureRun } from '../testing/fixture';
import { readResult } from './opening';

const file = (text: string) => ({ size: text.length, text: () => Promise.resolve(text) });

it('reads what the page writes, and ends a run that was going elsewhere', async () => {
  const run = fixtureRun();
  expect(await readResult(file(JSON.stringify(run)))).toEqual(run);
  const going = fixtureRun({ status: 'running', step: 220 });
  expect((await readResult(file(JSON.stringify(going)))).status).toBe('interrupted');
});

it('says what is wrong with a file', async () => {
  await expect(readResult(file('{"version": 1,'))).rejects.toThrow('expected a RunResult as JSON');
  await expect(readResult(file('[]'))).rejects.toThrow('it is no RunResult; ');
  await expect(readResult(file(JSON.stringify({ ...fixtureRun(), losses: 'none' })))).rejects.toThrow(
    /losses: .*Array/,
  );
  await expect(readResult({ size: 1e9, text: () => Promise.resolve('') })).rejects.toThrow('1000 MB');
});
