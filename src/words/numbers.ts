/** Numbers in the page's language, for the page and for reports: one decimal sign, one minus sign. */
import { language } from './language';

const MINUS = '−';
/** Britain's order of day and month. */
export const LOCALE = language === 'en' ? 'en-GB' : language;
const decimal = new Intl.NumberFormat(LOCALE)
  .formatToParts(0.5)
  .find(({ type }) => type === 'decimal')?.value;

/** The language's decimal sign in a number that is written with a point. */
export const written = (number: string | number): string => number.toString().replace('.', decimal ?? '.');

/** `digits` decimals, with a real minus sign, and none before a nought. */
export function fixed(value: number, digits = 0): string {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? MINUS : '') + written(text);
}

/** A change with its sign: +3, −51, 0. */
export function signed(change: number, digits = 0): string {
  const text = fixed(change, digits);
  return Number(change.toFixed(digits)) > 0 ? `+${text}` : text;
}
