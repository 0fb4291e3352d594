/** The colours of the page against WCAG 2.2 AA, and against eyes that lack a kind of cone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];
type Theme = Readonly<Record<string, string>>;

const css = readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8');

/** The tokens of a rule, `light-dark()` resolved. */
function tokens(selector: string, side: 0 | 1): Theme {
  const rule = css.split(`${selector} {`)[1]?.split('\n}')[0] ?? '';
  return Object.fromEntries(
    [...rule.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => {
      const pair = /light-dark\((#\w+), (#\w+)\)/.exec(value!);
      return [name!, pair ? pair[side + 1]! : value!];
    }),
  );
}

const light = tokens(':root', 0);
const themes: Record<string, Theme> = {
  light,
  dark: tokens(':root', 1),
  projector: { ...light, ...tokens(":root[data-theme='projector']", 0) },
};

/** sRGB as light: linear, 0 to 1. */
const linear = (hex: string): Rgb =>
  [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;

const luminance = (hex: string): number => {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

function contrast(a: string, b: string): number {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

/** What such eyes see, as linear light: Machado, Oliveira & Fernandes 2009, complete absence of the cone. */
const EYES: Record<string, readonly [Rgb, Rgb, Rgb]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (matrix: readonly [Rgb, Rgb, Rgb], v: Rgb): Rgb =>
  matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Rgb;

/** Oklab, in which distance is how different colours look (Ottosson 2020). */
function oklab(rgb: Rgb): Rgb {
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map((x) => Math.cbrt(Math.max(0, x))) as unknown as Rgb;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms,
  );
}

const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each(Object.entries(themes))('the colours of the %s theme', (_, theme) => {
  const at = (name: string) => {
    const colour = theme[name];
    if (colour === undefined || !colour.startsWith('#')) throw new Error(`no colour --${name}`);
    return colour;
  };

  it('can be read: 4.5 to 1 for words on every ground that they stand on', () => {
    for (const word of ['ink', 'muted', 'accent', 'good', 'bad', 'warn'])
      for (const ground of ['surface', 'raised', 'ground'])
        expect(contrast(at(word), at(ground)), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const [word, ground] of [
      ['muted', 'sunken'],
      ['accent-ink', 'accent'],
      ['ink', 'accent-soft'],
      ['bad', 'bad-soft'],
      ['ink', 'warn-soft'],
      ['surface', 'ink'],
    ] as const)
      expect(contrast(at(word), at(ground)), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it('show lines with their names in the same colour, and where a field ends', () => {
    for (let i = 0; i < 8; i++)
      expect(contrast(at(`task-${i}`), at('surface')), `task-${i}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(at('line-strong'), at('surface'))).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.entries(EYES))('keep tasks apart, the first five most of all: %s', (eyes, matrix) => {
    const seen = Array.from({ length: 8 }, (_, i) => oklab(times(matrix, linear(at(`task-${i}`)))));
    for (const [i, a] of seen.entries())
      for (const [j, b] of seen.entries())
        if (i < j) expect(distance(a, b), `${i} and ${j}, ${eyes}`).toBeGreaterThan(j < 5 ? 0.07 : 0.05);
  });
});
