/**
 * The house rules that ESLint enforces over src/ (docs/architecture.md): which folder may import which, and
 * which folder alone may touch TensorFlow.js, a database, the network or another thread.
 */
import path from 'node:path';

/**
 * What each top folder of src/ may import besides itself. An entry with a slash allows that module alone;
 * `type:` allows types only. Files right under src/ count as `ui`.
 * @type {Record<string, string[]>}
 */
export const mayImport = {
  ui: [
    'worker/client',
    'worker/protocol',
    'worker/files/client',
    'worker/files/protocol',
    'data',
    'handoff/obstacles',
    'models',
    'store',
    'run',
    'type:project/bringIn',
    'type:project/format',
    'serviceWorker/client',
    'security',
    'words/language',
    'words/message',
    'words/messages.loader',
    'words/nouns',
    'words/numbers',
  ],
  worker: [
    'archive',
    'continual',
    'engine',
    'data',
    'handoff',
    'models',
    'project',
    'store',
    'run',
    'security',
  ],
  continual: ['engine', 'run', 'type:data/task'],
  engine: ['security'],
  data: ['archive', 'run'],
  handoff: ['data', 'models', 'run'],
  models: ['archive', 'run'],
  project: ['archive', 'store', 'run'],
  archive: [],
  store: ['run'],
  run: ['engine/random', 'words/numbers'],
  serviceWorker: ['security'],
  security: [],
  words: [],
};

/** Packages that one folder alone may import. */
export const ownedPackages = [
  { match: /^@tensorflow\//, name: 'TensorFlow.js', owners: ['engine'] },
  { match: /^(idb-keyval|idb|dexie)(\/|$)/, name: 'a database library', owners: ['store'] },
];

/** Globals, and properties of the global object, that some folders alone may use. */
export const ownedGlobals = [
  {
    match: /^(fetch|XMLHttpRequest|WebSocket|EventSource|WebTransport)$/,
    owners: ['models', 'data', 'serviceWorker'],
  },
  { match: /^indexedDB$/, owners: ['store'] },
];

/** Messages between threads and tabs. */
export const messageOwners = ['worker', 'engine/threads', 'store/tabs', 'serviceWorker'];

const globalObjects = new Set(['globalThis', 'self', 'window']);

/**
 * @param {string} file absolute path
 * @param {string} root the folder that holds src/
 * @returns {string | null} path below src/ with forward slashes, without extension; null outside src/
 */
function belowSource(file, root) {
  const relative = path.relative(path.join(root, 'src'), file).split(path.sep).join('/');
  return relative.startsWith('..') ? null : relative.replace(/\.(svelte\.ts|d\.ts|ts|js|svelte)$/, '');
}

/** @param {string} below */
const topFolder = (below) => (below.includes('/') ? below.slice(0, below.indexOf('/')) : 'ui');

/**
 * @param {string} below
 * @param {string[]} owners
 */
const isOwner = (below, owners) =>
  owners.some((owner) => topFolder(below) === owner || (owner.includes('/') && below.startsWith(owner)));

/** @param {string[]} names */
const list = (names) => names.map((name) => `src/${name}`).join(', ') || 'nothing of ours';

/** @type {import('eslint').Rule.RuleModule} */
export const houseRule = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', properties: { root: { type: 'string' } }, additionalProperties: false }],
  },
  create(context) {
    const root = /** @type {{ root: string }} */ (context.options[0]).root;
    const below = belowSource(context.filename, root);
    if (below === null) return {};
    const here = topFolder(below);

    /**
     * @param {import('estree').Node} node
     * @param {string} specifier
     * @param {boolean} typesOnly
     */
    function checkImport(node, specifier, typesOnly) {
      for (const { match, name, owners } of ownedPackages)
        if (match.test(specifier) && !isOwner(/** @type {string} */ (below), owners))
          context.report({ node, message: `${name} is imported only under ${list(owners)}` });
      if (!specifier.startsWith('.')) return;
      const target = belowSource(path.resolve(path.dirname(context.filename), specifier), root);
      if (target === null) return;
      const there = topFolder(target);
      if (there === here || !(there in mayImport)) return;
      const allowed = mayImport[here] ?? [];
      const fits = allowed.some(
        (entry) => entry === there || entry === target || (typesOnly && entry === `type:${target}`),
      );
      if (!fits)
        context.report({
          node,
          message: `src/${here} may not import src/${target}; it may import ${list(allowed)}`,
        });
    }

    /**
     * @param {import('estree').Node} node
     * @param {string} name
     */
    function checkGlobal(node, name) {
      for (const { match, owners } of ownedGlobals)
        if (match.test(name) && !isOwner(/** @type {string} */ (below), owners))
          context.report({ node, message: `${name} is used only under ${list(owners)}` });
    }

    /**
     * An import in any of its forms: static, re-export, `import()`.
     * @param {any} node ESTree's types lack `importKind`
     */
    function onModule(node) {
      const source = node.source;
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      checkImport(node, source.value, node.importKind === 'type' || node.exportKind === 'type');
    }

    return {
      ImportDeclaration: onModule,
      ExportNamedDeclaration: onModule,
      ExportAllDeclaration: onModule,
      ImportExpression: onModule,
      /** `new URL('../engine/x.ts', import.meta.url)` is how workers and assets are imported. */
      NewExpression(node) {
        const [first, second] = node.arguments;
        if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL' || second === undefined) return;
        if (first?.type === 'Literal' && typeof first.value === 'string')
          checkImport(node, first.value, false);
      },
      /** @param {any} node typescript-eslint's own node */
      TSImportType(node) {
        const literal = node.source ?? node.argument?.literal;
        if (typeof literal?.value === 'string') checkImport(node, literal.value, true);
      },
      MemberExpression(node) {
        const property =
          !node.computed && node.property.type === 'Identifier'
            ? node.property.name
            : node.property.type === 'Literal'
              ? String(node.property.value)
              : null;
        if (property === null) return;
        if (node.object.type === 'Identifier' && globalObjects.has(node.object.name))
          checkGlobal(node, property);
        if (property === 'postMessage' && !isOwner(below, messageOwners))
          context.report({ node, message: `postMessage is called only under ${list(messageOwners)}` });
      },
      'Program:exit'(node) {
        const scope = context.sourceCode.getScope(node);
        // Names that no declaration of this file binds are globals, whether or not ESLint was told of them.
        const unbound = [
          ...scope.through,
          ...[...scope.set.values()].flatMap((variable) =>
            variable.defs.length === 0 ? variable.references : [],
          ),
        ];
        for (const { identifier } of unbound) {
          if (identifier.type !== 'Identifier') continue;
          checkGlobal(identifier, identifier.name);
          if (identifier.name === 'postMessage' && !isOwner(below, messageOwners))
            context.report({
              node: identifier,
              message: `postMessage is called only under ${list(messageOwners)}`,
            });
        }
      },
    };
  },
};

/**
 * Flat config for the files of src/. Tests beside the code may reach across folders.
 * @param {string} root the folder that holds src/
 * @returns {import('eslint').Linter.Config}
 */
export function houseConfig(root) {
  return {
    name: 'lethe/house',
    files: ['src/**/*.ts', 'src/**/*.svelte'],
    ignores: ['**/*.test.ts'],
    plugins: { lethe: { rules: { house: houseRule } } },
    rules: { 'lethe/house': ['error', { root }] },
  };
}
