/** Rows as a table to read. */

/** @param {number} x @returns {string} three or more digits, however large */
export function figure(x) {
  const size = Math.abs(x);
  if (size === 0 || size >= 100) return x.toFixed(0);
  return x.toPrecision(3);
}

/** @param {[number, number] | null} spread */
const rangeOf = (spread) => {
  if (spread === null) return '';
  const [least, most] = [figure(spread[0]), figure(spread[1])];
  return least === most ? '' : `${least}..${most}`;
};

const columns = ['bench', 'on', 'ours', '', 'peer', '', 'ratio', 'unit', 'against'];
const alignedRight = [false, false, true, false, true, false, true, false, false];

/**
 * @param {readonly import('./rows.mjs').Row[]} rows
 * @returns {string} a line for each row under a line of names; spreads stand behind their figures
 */
export function table(rows) {
  const cells = rows.map(
    ({ bench, backend, browser, threads, ours, peer, peerName, ratio, unit, spread }) => [
      bench,
      `${backend}${backend === 'wasm' ? `, ${threads} thread${threads === 1 ? '' : 's'}` : `, ${browser}`}`,
      figure(ours),
      rangeOf(spread.ours),
      peer === null ? '' : figure(peer),
      rangeOf(spread.peer),
      ratio === null ? '' : `${figure(ratio)}x`,
      unit,
      peerName,
    ],
  );
  const all = [columns, ...cells];
  const widths = columns.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map((line) =>
      line
        .map((cell, i) => (alignedRight[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
