/** From bytes to text: byte-order marks, UTF-8, UTF-16, and the two single-byte encodings met most often. */
import { Places, counted } from './places';
import { DataError, type DataProblem } from './task';

export interface Decoded {
  text: string;
  encoding: string;
  warnings: DataProblem[];
}

interface Signature {
  bytes: number[];
  what: string;
  remedy: string;
}

/** Files that are no text at all, told by their first bytes. */
const SIGNATURES: Signature[] = [
  { bytes: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file', remedy: 'Export it as CSV or JSON Lines' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a zip file or a workbook', remedy: 'Unpack it, or save as CSV' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old Office file', remedy: 'Save it as CSV' },
  { bytes: [0x1f, 0x8b], what: 'a gzip file', remedy: 'Unpack it first' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a Zstandard file', remedy: 'Unpack it first' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF', remedy: 'Copy its table into a CSV file' },
  {
    bytes: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31],
    what: 'an Arrow file',
    remedy: 'Export it as CSV or JSON Lines',
  },
  { bytes: [0xff, 0xfe, 0x00, 0x00], what: 'UTF-32 text', remedy: 'Save it as UTF-8' },
  { bytes: [0x00, 0x00, 0xfe, 0xff], what: 'UTF-32 text', remedy: 'Save it as UTF-8' },
];

const startsWith = (bytes: Uint8Array, prefix: number[]) => prefix.every((b, i) => bytes[i] === b);

/** Decodes a text file; the assumption made is named in `encoding`, and warned of when it is a guess. */
export function decodeText(bytes: Uint8Array, file: string): Decoded {
  for (const { bytes: prefix, what, remedy } of SIGNATURES)
    if (startsWith(bytes, prefix))
      throw new DataError({
        file,
        message: `this is ${what}; expected text (CSV, TSV, JSON or JSON Lines). ${remedy}.`,
      });

  if (startsWith(bytes, [0xef, 0xbb, 0xbf]))
    return utf8(bytes.subarray(3), file, 'utf-8 (with byte-order mark)');
  if (startsWith(bytes, [0xff, 0xfe])) return utf16(bytes.subarray(2), 'utf-16le', file, true);
  if (startsWith(bytes, [0xfe, 0xff])) return utf16(bytes.subarray(2), 'utf-16be', file, true);
  const order = zerosOfUtf16(bytes);
  if (order) return utf16(bytes, order, file, false);
  return utf8(bytes, file, 'utf-8');
}

/** English text in UTF-16 is half zeros, all on one side. */
function zerosOfUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const end = Math.min(bytes.length - (bytes.length % 2), 65_536);
  if (end < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < end; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  const pairs = end / 2;
  if (odd > 0.3 * pairs && even < 0.02 * pairs) return 'utf-16le';
  if (even > 0.3 * pairs && odd < 0.02 * pairs) return 'utf-16be';
  return undefined;
}

function utf16(bytes: Uint8Array, label: 'utf-16le' | 'utf-16be', file: string, marked: boolean): Decoded {
  let text: string;
  try {
    text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DataError({
      file,
      message: `the text is not valid ${label.toUpperCase()}, as its first bytes say; expected an even number of bytes and whole characters. Save it as UTF-8.`,
    });
  }
  refuseNul(text, file);
  const warnings = marked
    ? []
    : [{ file, message: `no byte-order mark; read as ${label.toUpperCase()} by its zero bytes.` }];
  return { text, encoding: marked ? `${label} (with byte-order mark)` : label, warnings };
}

function refuseNul(text: string, file: string): void {
  const nul = text.indexOf('\0');
  if (nul >= 0)
    throw new DataError({
      file,
      ...new Places(text.slice(0, nul + 1)).at(nul),
      message: 'a zero byte, which text files do not have; expected CSV, TSV, JSON or JSON Lines as text.',
    });
}

function utf8(bytes: Uint8Array, file: string, encoding: string): Decoded {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    refuseNul(text, file);
    return { text, encoding, warnings: [] };
  } catch (error) {
    if (error instanceof DataError) throw error;
  }
  const { sequences, stray, first } = surveyUtf8(bytes);
  const place = new Places(latin(bytes.subarray(0, first + 1), 'windows-1252')).at(first);
  if (sequences > 4 * stray) {
    // Nearly all of it is UTF-8: a few damaged characters must not garble all the others.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    refuseNul(text, file);
    const message = `${counted(stray, 'byte is', 'bytes are')} not valid UTF-8; shown as \uFFFD, first here.`;
    return { text, encoding, warnings: [{ file, ...place, message }] };
  }
  const label = guessSingleByte(bytes);
  const text = latin(bytes, label);
  refuseNul(text, file);
  const name = label === 'macintosh' ? 'Mac Roman' : 'Windows-1252 (Latin-1)';
  const message = `not UTF-8 from here on; read as ${name}. If letters or quotes look wrong, save the file as UTF-8.`;
  return { text, encoding: label, warnings: [{ file, ...place, message }] };
}

/** Counts well-formed multi-byte sequences and bytes that belong to none. */
function surveyUtf8(bytes: Uint8Array): { sequences: number; stray: number; first: number } {
  let sequences = 0;
  let stray = 0;
  let first = -1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) continue;
    const more =
      byte >= 0xc2 && byte < 0xe0 ? 1 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
    let length = 0;
    while (length < more && ((bytes[i + length + 1] ?? 0) & 0xc0) === 0x80) length++;
    if (more > 0 && length === more) {
      sequences++;
      i += more;
    } else {
      stray++;
      if (first < 0) first = i;
    }
  }
  return { sequences, stray, first: Math.max(first, 0) };
}

type SingleByte = 'windows-1252' | 'macintosh';

/** Bytes 0x80 to 0x9F in Windows-1252. Some runtimes decode the label as Latin-1 and leave controls there. */
const UPPER_CONTROLS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function latin(bytes: Uint8Array, label: SingleByte): string {
  const text = new TextDecoder(label).decode(bytes);
  if (label === 'macintosh') return text;
  return text.replace(
    /[\u0080-\u009f]/g,
    (control) => UPPER_CONTROLS[control.charCodeAt(0) - 0x80] ?? control,
  );
}

/** Decodes both ways and keeps the one whose letters and quotes stand where letters and quotes belong. */
function guessSingleByte(bytes: Uint8Array): SingleByte {
  const sample = bytes.subarray(0, 1_000_000);
  return plausibility(latin(sample, 'macintosh'), sample) >
    plausibility(latin(sample, 'windows-1252'), sample)
    ? 'macintosh'
    : 'windows-1252';
}

function plausibility(text: string, bytes: Uint8Array): number {
  let score = 0;
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] ?? 0) < 0x80) continue;
    score += suits(text[i - 1] ?? ' ', text[i] ?? '', text[i + 1] ?? ' ');
  }
  return score;
}

const LETTER = /\p{L}/u;
const LOWER = /\p{Ll}/u;
const UPPER = /\p{Lu}/u;

/** How well a character above ASCII fits between its neighbours. */
function suits(before: string, char: string, after: string): number {
  if (/[\u0080-\u009f\ue000-\uf8ff]/.test(char)) return -5;
  if (char === '’') return LETTER.test(before) ? 3 : -1;
  if (char === '“' || char === '‘') return !LETTER.test(before) && /\S/.test(after) ? 3 : -1;
  if (char === '”') return /\S/.test(before) && !LETTER.test(after) ? 3 : -1;
  if (/[–—…•€£\u00a0]/.test(char)) return 1;
  if (LOWER.test(char)) return LETTER.test(before) || LETTER.test(after) ? 2 : -1;
  if (UPPER.test(char)) return LOWER.test(before) ? -2 : LOWER.test(after) ? 2 : 0;
  return -1;
}
