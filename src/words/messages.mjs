/**
 * Messages that are made off the page, in the worker and in what reads files and models: why something failed. They are
 * plain English where they are made, in logs, records and exports; the page puts another language in their place when
 * it shows them (`message.ts`). Here they are taken out of the sources, so that none can lack its translation.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './catalogue.mjs';

/** Where messages come from that may reach a person. */
const sources = [
  'archive',
  'continual',
  'data',
  'handoff',
  'models',
  'project',
  'store',
  'worker',
  'engine/adapters/adapter.ts',
  'engine/adapters/layout.ts',
  'engine/device.ts',
  'engine/fitting.ts',
  'engine/preflight.ts',
  'engine/probe.ts',
  'engine/t5/config.ts',
  'engine/t5/loadWeights.ts',
  'engine/text',
  'engine/wasm/heap.ts',
  'engine/wasm/kernels.ts',
  'engine/webgpu/faults.ts',
];
const noMessages =
  /\.test\.ts$|\.browser\.|testing\.ts$|Testing\.ts$|\.as\.ts$|\.d\.ts$|fake|tiny|stuckWriter|readme\.ts$|presets\.ts$/;

/** Words with a space between them; what varies is {0}, {1}, and so on. */
const phrase = /(\p{L}{2,}[,:;.)]? [\p{L}{]|^\{\d+\} \p{L}{2,}|^an? \p{L}{2,})/u;
/** Single words that messages are put together of. */
const words =
  'activations adapters answering cancelled comma dataset gradients input loss model pipe run scoring semicolon study tab target test train validation weights'.split(
    ' ',
  );
/** What valibot says of a value that is not as its schema has it. */
const ofSchemas = [
  ...['type', 'key', 'length', 'value', 'format'].map(
    (what) => `Invalid ${what}: Expected {0} but received {1}`,
  ),
  ...['integer', 'finite'].map((what) => `Invalid ${what}: Received {0}`),
];
/** Names of columns, of headers and of buffers, which are looked for and never read. */
const noText = /^(id idx |input inputs |target output |Bearer |blob |Git id|Mac Roman)/;
/** Calls whose texts nobody reads, but programs. */
const silent =
  /^(console\.\w+|.*\.(startsWith|endsWith|includes|split|join|match|test|replace|replaceAll|indexOf|get|has|getItem|setItem|querySelector|createElement)|RegExp|URL|RangeError|TypeError|Symbol|postMessage|import)$/;

/** @param {string} folder */
function filesUnder(folder) {
  const whole = path.join(root, 'src', folder);
  if (folder.endsWith('.ts')) return [whole];
  return readdirSync(whole, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !noMessages.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/**
 * @param {ts.Node} node
 * @returns {{ text: string, values: ts.Node[] } | null} null where it is no text
 */
function textOf(node, at = 0) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return { text: node.text, values: [] };
  if (ts.isTemplateExpression(node)) {
    const values = node.templateSpans.map(({ expression }) => expression);
    const parts = node.templateSpans.map(({ literal }, i) => `{${at + i}}${literal.text}`);
    return { text: node.head.text + parts.join(''), values };
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null;
  const left = textOf(node.left, at);
  const right = left && textOf(node.right, at + left.values.length);
  return left && right && { text: left.text + right.text, values: [...left.values, ...right.values] };
}

/** @param {ts.Node} node */
function isSilent(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return true;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return silent.test(node.expression.getText());
  return ts.isTaggedTemplateExpression(node);
}

/** What agrees with a number in English ("has" or "have") and may be left out of a translation. */
const agrees = (/** @type {ts.Node} */ node) =>
  ts.isConditionalExpression(node) &&
  /=== 1$/.test(node.condition.getText()) &&
  ts.isStringLiteral(node.whenTrue) &&
  ts.isStringLiteral(node.whenFalse);

/**
 * "3 rows" and "1 row", of `counted(n, 'row')`.
 * @param {ts.Node} node
 */
function countedTexts(node) {
  if (!ts.isCallExpression(node) || node.expression.getText() !== 'counted') return [];
  const [, one, many] = node.arguments;
  if (!one || !ts.isStringLiteral(one)) return [];
  return [one.text, many && ts.isStringLiteral(many) ? many.text : `${one.text}s`].map(
    (text) => `{0} ${text}`,
  );
}

/** @typedef {{ text: string, files: string[], optional: number[] }} Message */

/** @returns {Message[]} each once, in alphabetical order; `optional` are places that a translation may leave out */
export function takeMessages() {
  /** @type {Map<string, Message>} */
  const found = new Map([...words, ...ofSchemas].map((text) => [text, { text, files: [], optional: [] }]));
  for (const file of sources.flatMap(filesUnder)) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    /** @param {string} text @param {number[]} optional */
    const note = (text, optional) => {
      const known = found.get(text) ?? { text, files: [], optional };
      const name = path.relative(root, file).split(path.sep).join('/');
      found.set(text, { ...known, files: [...new Set([...known.files, name])] });
    };
    /** @param {ts.Node} node */
    const visit = (node) => {
      if (isSilent(node)) return;
      const counts = countedTexts(node);
      if (counts.length > 0) {
        counts.forEach((text) => note(text, []));
        return;
      }
      const whole = textOf(node);
      if (!whole) {
        ts.forEachChild(node, visit);
        return;
      }
      const text = whole.text.replace(/\s+/g, ' ').trim();
      if (phrase.test(text) && !noText.test(text))
        note(
          text,
          whole.values.flatMap((value, i) => (agrees(value) ? [i] : [])),
        );
      whole.values.filter((value) => !agrees(value)).forEach(visit);
    };
    visit(source);
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}
