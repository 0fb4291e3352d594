/** A row of results, and the arithmetic behind it. Plain JavaScript: the page and the command both use it. */

/**
 * One comparison. Figures are costs (milliseconds, dispatches, bytes), medians over the rounds, so that `ratio`, the
 * peer's figure ÷ ours, says how many times faster or fewer ours is.
 * @typedef {object} Row
 * @property {string} bench
 * @property {string} backend
 * @property {string} browser
 * @property {number} threads of both sides
 * @property {number} ours
 * @property {number | null} peer null where there is nothing to compare with
 * @property {string} peerName
 * @property {number | null} ratio
 * @property {string} unit
 * @property {{ ours: [number, number], peer: [number, number] | null }} spread least and most of each side
 */

/** @typedef {Pick<Row, 'bench' | 'backend' | 'browser' | 'threads' | 'peerName' | 'unit'>} RowHead */

/**
 * @param {readonly number[]} values at least one
 * @returns {number} of two middle values their mean
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

/** @param {readonly number[]} values @returns {[number, number]} */
const range = (values) => [Math.min(...values), Math.max(...values)];

/**
 * @param {RowHead} head
 * @param {readonly number[]} ours one figure for each round
 * @param {readonly number[] | null} peer
 * @returns {Row}
 */
export function makeRow(head, ours, peer) {
  const own = median(ours);
  const other = peer && median(peer);
  return {
    bench: head.bench,
    backend: head.backend,
    browser: head.browser,
    threads: head.threads,
    ours: own,
    peer: other,
    peerName: head.peerName,
    ratio: other === null ? null : other / own,
    unit: head.unit,
    spread: { ours: range(ours), peer: peer && range(peer) },
  };
}

/**
 * Exponent b of y ≈ a·x^b: the least-squares slope of log y over log x.
 * @param {readonly (readonly [number, number])[]} points at least two different x, all above 0
 */
export function logLogSlope(points) {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  /** @param {(point: number[]) => number} f */
  const mean = (f) => logs.reduce((sum, point) => sum + f(point), 0) / logs.length;
  const meanX = mean(([x = NaN]) => x);
  const meanY = mean(([, y = NaN]) => y);
  return (
    mean(([x = NaN, y = NaN]) => (x - meanX) * (y - meanY)) / mean(([x = NaN]) => (x - meanX) * (x - meanX))
  );
}
