import { describe, expect, it } from 'vitest';
import { bytes, compact, count, duration, fileStem, fixed, plural, signed, timeLeft, when } from './format';

describe('numbers', () => {
  it('writes changes with a sign, and no sign on what rounds to nothing', () => {
    expect([signed(-51.2), signed(3.4), signed(0.3), signed(-0.3), signed(-0.3, 1)]).toEqual([
      '−51',
      '+3',
      '0',
      '0',
      '−0.3',
    ]);
  });
  it('writes fixed decimals', () => {
    expect(fixed(92.345, 1)).toBe('92.3');
    expect(fixed(-0.04, 1)).toBe('0.0');
  });
  it('separates thousands and compacts millions', () => {
    expect(count(2459904)).toBe('2,459,904');
    expect(compact(2459904)).toBe('2.46 M');
    expect(compact(12_340)).toBe('12.3 k');
    expect(compact(980)).toBe('980');
  });
  it('writes sizes in decimal units', () => {
    expect([bytes(0), bytes(999), bytes(1000), bytes(4_928_312), bytes(999_950), bytes(150e6)]).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '4.9 MB',
      '1.0 MB',
      '150 MB',
    ]);
  });
});

describe('times', () => {
  it('writes durations', () => {
    expect([duration(0.84), duration(45.4), duration(200), duration(120), duration(7500)]).toEqual([
      '0.8 s',
      '45 s',
      '3 min 20 s',
      '2 min',
      '2 h 5 min',
    ]);
  });
  it('rounds the time left more the longer it is', () => {
    expect([timeLeft(4), timeLeft(41), timeLeft(100), timeLeft(7200)]).toEqual([
      'a few seconds left',
      'about 50 s left',
      'about 2 min left',
      'about 2 h left',
    ]);
  });
  it('writes a date, and leaves what is none as it is', () => {
    expect(when(new Date(2026, 10, 24, 9, 3).toISOString())).toBe('24 Nov 2026, 09:03');
    expect(when('yesterday')).toBe('yesterday');
  });
});

describe('words', () => {
  it('makes file names', () => {
    expect(fileStem('Réviews → Tickets (2)')).toBe('reviews-tickets-2');
    expect(fileStem('→')).toBe('untitled');
  });
  it('counts things', () => {
    expect([plural(1, 'row'), plural(0, 'row'), plural(1200, 'entry', 'entries')]).toEqual([
      '1 row',
      '0 rows',
      '1,200 entries',
    ]);
  });
});
