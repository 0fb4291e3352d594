/** Numbers, sizes and times as the page words them, in its language; with one minus sign. */
import { language } from '../words/language';
import { nouns } from '../words/nouns';
import { fixed, LOCALE, written } from '../words/numbers';

export { fixed, signed } from '../words/numbers';

const numbers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const dates = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const rules = new Intl.PluralRules(LOCALE);

/** Thousands apart: 2,459,904. */
export function count(value: number): string {
  return numbers.format(value);
}

/** Large counts in three figures: 2.46 M, 980. */
export function compact(value: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ] as const)
    if (value >= size)
      return `${written(Number((value / (unit === 'k' ? 1e3 : size)).toPrecision(3)))} ${unit}`;
  return count(value);
}

/** Decimal units, as browsers and disks count: 4.9 MB. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 || rest >= 99.5 ? Math.round(rest) : fixed(rest, 1)} ${units[unit] ?? ''}`;
}

/** 0.8 s, 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${written(Number(seconds.toFixed(1)))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  return joined(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
}

/** Time left, coarser the longer it is, so that it does not flicker. */
export function timeLeft(seconds: number): string {
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 90) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${written(Number((seconds / 3600).toFixed(1)))} h left`;
}

/** Local date and time, `24 Nov 2026, 10:03`. */
export function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return dates.format(date);
}

/** A file name from a title: letters, digits and hyphens. */
export function fileStem(title: string): string {
  const stem = title
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return stem || 'untitled';
}

/** 1 row, 1,200 entries. Other languages have their own forms of the noun in `words/nouns.ts`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  const forms = language === 'en' ? undefined : nouns[language][one];
  const noun = forms ? (forms[rules.select(n)] ?? forms.other) : n === 1 ? one : many;
  return `${count(n)} ${noun}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** What runs are computed on, as people know it. */
export const backendNames = { webgpu: 'WebGPU', wasm: 'WASM', pytorch: 'PyTorch' } as const;
