/** What is known of the real files: how they are written, how many rows they hold, which columns are of use. */
import type { Mapping } from '../../src/run/config';

export interface Expected {
  format: string;
  encoding: string;
  rows: number;
  columns: string[];
  mapping: Mapping;
  /** Rows that have both an input and a target, where that is not all. */
  usable?: number;
  /** Line on which the last row starts. */
  lastLine: number;
  /** Beginnings of warnings, in order; none by default. */
  warnings?: RegExp[];
  /** A part of some cell that only comes out right when the file was understood. */
  holds?: string;
}

const map = (input: string, target: string, ...references: string[]): Mapping => ({
  input: `{${input}}`,
  target: `{${target}}`,
  ...(references.length > 0 ? { references } : {}),
});

const DIALOGSUM_TEST = [
  'fname',
  'dialogue',
  'summary1',
  'topic1',
  'summary2',
  'topic2',
  'summary3',
  'topic3',
];
const BITEXT = 'utterance,intent,entity_type,entity_value,start_offset,end_offset,category,tags'.split(',');

export const RAW = new Map<string, Expected>([
  [
    'banking77.test.csv',
    {
      format: 'csv',
      encoding: 'utf-8',
      rows: 3080,
      columns: ['text', 'category'],
      mapping: map('text', 'category'),
      lastLine: 3085,
    },
  ],
  [
    'banking77.train.csv',
    {
      format: 'csv',
      encoding: 'utf-8',
      rows: 10003,
      columns: ['text', 'category'],
      mapping: map('text', 'category'),
      lastLine: 10017,
    },
  ],
  [
    'banking77.test500.parquet',
    {
      format: 'parquet',
      encoding: 'binary',
      rows: 500,
      columns: ['text', 'category'],
      mapping: map('text', 'category'),
      lastLine: 500,
    },
  ],
  [
    'bitext.validation.csv',
    {
      format: 'csv',
      encoding: 'utf-8',
      rows: 810,
      columns: BITEXT,
      mapping: map('utterance', 'intent'),
      lastLine: 811,
      holds: '00004587345',
    },
  ],
  [
    'clinc150.data_small.json',
    {
      format: 'json',
      encoding: 'utf-8',
      rows: 16_200,
      columns: ['column 1', 'column 2', 'split'],
      mapping: map('column 1', 'column 2'),
      lastLine: 64_809,
    },
  ],
  [
    'dialogsum.dev.jsonl',
    {
      format: 'jsonl',
      encoding: 'utf-8',
      rows: 500,
      columns: ['fname', 'dialogue', 'summary', 'topic'],
      mapping: map('dialogue', 'summary'),
      lastLine: 500,
      holds: 'how are you doing today?\n#Person2#',
    },
  ],
  [
    'dialogsum.test.jsonl',
    {
      format: 'jsonl',
      encoding: 'utf-8',
      rows: 500,
      columns: DIALOGSUM_TEST,
      mapping: map('dialogue', 'summary1', 'summary2', 'summary3'),
      lastLine: 500,
    },
  ],
  [
    'dialogsum.train-head200.python-literals.txt',
    {
      format: 'python',
      encoding: 'utf-8',
      rows: 200,
      columns: ['fname', 'dialogue', 'summary', 'topic'],
      mapping: map('dialogue', 'summary'),
      lastLine: 200,
      warnings: [/Python literals/],
      holds: "Hi, Mr. Smith. I'm Doctor Hawkins. Why are you here today?\n#Person2#",
    },
  ],
  [
    'e2e.devset-head2000.csv',
    {
      format: 'csv',
      encoding: 'utf-8',
      rows: 1999,
      columns: ['mr', 'ref'],
      mapping: map('mr', 'ref'),
      lastLine: 2000,
      holds: 'name[Alimentum], area[city centre], familyFriendly[no]',
    },
  ],
  [
    'mts-dialog.automatic-summaries.bom-crlf.csv',
    {
      format: 'csv',
      encoding: 'utf-8 (with byte-order mark)',
      rows: 400,
      columns: ['ID', 'Dialogue', 'Reference Summary', 'Automatic Summary'],
      mapping: map('Dialogue', 'Reference Summary'),
      lastLine: 3251,
    },
  ],
  [
    'mts-dialog.validation.csv',
    {
      format: 'csv',
      encoding: 'utf-8',
      rows: 100,
      columns: ['ID', 'section_header', 'section_text', 'dialogue'],
      mapping: map('dialogue', 'section_header'),
      lastLine: 809,
    },
  ],
  [
    'onestop.amsterdam.cp1252.csv',
    {
      format: 'csv',
      encoding: 'windows-1252',
      rows: 7,
      columns: ['Elementary', 'Intermediate', 'Advanced'],
      mapping: map('Elementary', 'Intermediate'),
      lastLine: 18,
      warnings: [/read as Windows-1252/],
      holds: 'the city’s Mayor told them',
    },
  ],
  [
    'onestop.vienna.mac-roman.csv',
    {
      format: 'csv',
      encoding: 'macintosh',
      rows: 21,
      usable: 10,
      columns: ['Elementary', 'Intermediate', 'Advanced'],
      mapping: map('Elementary', 'Intermediate'),
      lastLine: 34,
      warnings: [/read as Mac Roman/],
      holds: 'the world’s best city',
    },
  ],
  [
    'snips.GetWeather.validate.json',
    {
      format: 'json',
      encoding: 'utf-8',
      rows: 100,
      columns: ['text', 'entities'],
      mapping: map('text', 'entities'),
      lastLine: 2227,
    },
  ],
  [
    'taskmaster3.train-bc-head200.crlf.tsv',
    {
      format: 'tsv',
      encoding: 'utf-8',
      rows: 200,
      columns: ['column 1', 'column 2', 'column 3'],
      mapping: map('column 1', 'column 2'),
      lastLine: 200,
      warnings: [/no header found/],
    },
  ],
  [
    'trec-questions.train-head1500.latin-1.txt',
    {
      format: 'labelled text',
      encoding: 'windows-1252',
      rows: 1500,
      columns: ['label', 'sublabel', 'text'],
      mapping: map('text', 'label'),
      lastLine: 1500,
      warnings: [/read as Windows-1252/, /a label and a text/],
      holds: 'sisterðcity',
    },
  ],
  [
    'wiki-split.test-head500.tsv',
    {
      format: 'tsv',
      encoding: 'utf-8',
      rows: 500,
      columns: ['column 1', 'column 2'],
      mapping: map('column 1', 'column 2'),
      lastLine: 500,
      warnings: [/no header found/],
      holds: ' <::::> ',
    },
  ],
]);

/** Rows of train, validation and test. */
export const TASK_ROWS = new Map<string, [number, number, number]>([
  ['agnews', [4000, 500, 500]],
  ['amazon', [5000, 500, 500]],
  ['banking77', [8000, 500, 500]],
  ['bitext-intent', [6338, 500, 500]],
  ['bitext-response', [2063, 257, 247]],
  ['boolq', [3987, 482, 500]],
  ['dbpedia', [6200, 500, 500]],
  ['dialogsum', [8000, 493, 500]],
  ['e2e', [4521, 130, 500]],
  ['emotion', [8000, 500, 500]],
  ['jfleg', [2500, 247, 500]],
  ['moviereview', [8000, 500, 500]],
  ['wikisplit', [8000, 500, 500]],
  ['yahoo', [3013, 400, 500]],
]);

/** Tasks whose answers are a label set, and its size. */
export const LABELS = new Map<string, number>([
  ['agnews', 4],
  ['amazon', 5],
  ['banking77', 77],
  ['bitext-intent', 27],
  ['boolq', 2],
  ['dbpedia', 14],
  ['emotion', 6],
  ['moviereview', 2],
  ['yahoo', 10],
]);
