import { expect, it } from 'vitest';
import { minutes } from './words';

it('words the time before a button is pressed', () => {
  expect([null, 31, 50, 89, 95, 601].map(minutes)).toEqual([
    'measuring how long it takes here…',
    'less than a minute here',
    'about a minute here',
    'about a minute here',
    'about 2 minutes here',
    'about 10 minutes here',
  ]);
});
