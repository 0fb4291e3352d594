/** Where the time of a thread goes, from a CPU profile of Chromium. */

/** Functions that are listed. */
const SHOWN = 25;

/**
 * @typedef {object} Node
 * @property {number} id
 * @property {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} callFrame
 * @property {number[]} [children]
 */

/**
 * @param {{ nodes: Node[], samples?: number[], timeDeltas?: number[] }} profile
 * @returns milliseconds by function, itself and with all that it calls; the longest first
 */
export function summary({ nodes, samples = [], timeDeltas = [] }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  /** @type {Map<string, number>} */
  const self = new Map();
  /** @type {Map<string, number>} */
  const total = new Map();
  samples.forEach((id, i) => {
    const took = (timeDeltas[i] ?? 0) / 1000;
    /** @type {Set<string>} */
    const seen = new Set();
    for (let at = /** @type {number | undefined} */ (id); at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (!node) break;
      const { functionName, url, lineNumber, columnNumber } = node.callFrame;
      const file = url.split('/').at(-1) ?? '';
      const name = `${functionName || '(anonymous)'} ${file}${file ? `:${lineNumber + 1}:${columnNumber + 1}` : ''}`;
      if (at === id) self.set(name, (self.get(name) ?? 0) + took);
      if (!seen.has(name)) total.set(name, (total.get(name) ?? 0) + took);
      seen.add(name);
    }
  });
  const listed = (/** @type {Map<string, number>} */ times) =>
    Object.fromEntries(
      [...times]
        .sort(([, a], [, b]) => b - a)
        .slice(0, SHOWN)
        .map(([name, took]) => [name, Math.round(took)]),
    );
  return { self: listed(self), total: listed(total) };
}
