/**
 * What an attached adapter adds to a projection, y += scale·(drop(x)·Aᵀ)·Bᵀ, and its gradients. The sum W + scale·B·A
 * is never made: both products have the rank as their inner or outer side. @see Hu et al. 2021, "LoRA"
 */
import { matmul, rowMajor, transposed, type Matrix, type MatmulOptions } from '../ops/matmul/matmul';
import type { View } from '../program/program';
import { dropOut, type Build, type Drop } from '../t5/build';
import type { ArenaSet } from '../t5/layout';
import type { AdaptedPart } from './layout';

/** An attached adapter as programs use it. */
export interface LowRank {
  readonly rank: number;
  readonly parts: ReadonlyMap<string, readonly AdaptedPart[]>;
  readonly weights: ArenaSet;
  /** Where its scale lies among the scalars. */
  readonly slot: number;
  /** Where the gradients go of the adapter that is trained, and the dropout of its input. */
  readonly gradients?: ArenaSet;
  readonly dropout?: number;
}

/** Some outputs of a group of weights. */
export interface OutputRange {
  rows: number;
  inputs: number;
  /** First output of the group, and how many. */
  first: number;
  outputs: number;
}

/** Parts of one adapter that share their input, dropout included: with dropout each has a mask of its own. */
interface Piece {
  use: LowRank;
  key: string;
  parts: readonly AdaptedPart[];
  drop: Drop;
  name: string;
}

/** Masks of adapters are numbered apart from those of the model. */
const firstSite = 2 ** 20;
const sitesOfAdapter = 2 ** 12;

export function piecesOf(b: Build, key: string, { first, outputs }: OutputRange): Piece[] {
  return (b.adapters ?? []).flatMap((use) => {
    const inside = (use.parts.get(key) ?? []).filter(
      (part) => part.first >= first && part.first + part.outputs <= first + outputs,
    );
    const rate = use.dropout ?? 0;
    const together = rate > 0 ? inside.map((part) => [part]) : inside.length > 0 ? [inside] : [];
    return together.map((parts): Piece => {
      const { index, number } = parts[0]!;
      const site = firstSite + use.slot * sitesOfAdapter + number;
      return { use, key, parts, drop: { rate, site }, name: `${key}.${use.slot}.${index}` };
    });
  });
}

const widthOf = ({ parts, use }: Piece): number => parts.length * use.rank;

/** A of a piece, [width, inputs]. */
function downMatrix({ use, key, parts }: Piece, set: ArenaSet, inputs: number): Matrix {
  return rowMajor(set.group(`${key}.A`), inputs, parts[0]!.index * use.rank * inputs);
}

/** B of a part, [outputs, rank]. */
const upMatrix = ({ use, key }: Piece, set: ArenaSet, part: AdaptedPart): Matrix =>
  rowMajor(set.group(`${key}.B`), use.rank, part.firstB * use.rank);

/** t = drop(x)·Aᵀ [rows, width]; kept for the backward pass. */
export function down(b: Build, piece: Piece, x: View, { rows, inputs }: OutputRange): View {
  const width = widthOf(piece);
  const t = b.p.scratch(`${piece.name}.t`, rows * width);
  const dropped = rowMajor(dropOut(b, x, rows * inputs, piece.drop), inputs);
  const a = transposed(downMatrix(piece, piece.use.weights, inputs));
  matmul(b.p, b.scalars, dropped, a, rowMajor(t, width), { M: rows, N: width, K: inputs });
  b.lowRankProducts?.set(piece.name, t);
  return t;
}

/** y += scale·t·Bᵀ at the columns of each part, or y = residual + drop(scale·t·Bᵀ) as `o` says. */
export function up(
  b: Build,
  piece: Piece,
  t: View,
  y: Matrix,
  { rows, first }: OutputRange,
  o: Pick<MatmulOptions, 'residual' | 'dropout'> = {},
): void {
  const { rank, slot: factor, weights } = piece.use;
  piece.parts.forEach((part, i) => {
    const columns = { ...y, offset: (y.offset ?? 0) + part.first - first };
    const small = rowMajor(t, widthOf(piece), i * rank);
    matmul(b.p, b.scalars, small, transposed(upMatrix(piece, weights, part)), columns, {
      M: rows,
      N: part.outputs,
      K: rank,
      factor,
      ...(o.residual ? o : { accumulate: true }),
    });
  });
}

/**
 * Adds the gradients of A and B where the adapter is trained.
 * @returns dt = scale·dy·B [rows, width], for the gradient of x
 */
export function upGrad(
  b: Build,
  piece: Piece,
  dy: View,
  x: View,
  { rows, inputs, outputs }: OutputRange,
): View {
  const { rank, slot: factor, weights, gradients } = piece.use;
  const width = widthOf(piece);
  const dt = b.p.scratch(`${piece.name}.dt`, rows * width);
  piece.parts.forEach((part, i) => {
    const columns = rowMajor(dy, outputs, part.first);
    const own = rowMajor(dt, width, i * rank);
    const shape = { M: rows, N: rank, K: part.outputs, factor };
    matmul(b.p, b.scalars, columns, upMatrix(piece, weights, part), own, shape);
  });
  if (!gradients) return dt;
  const t = b.lowRankProducts?.get(piece.name);
  if (!t) throw new Error(`${piece.name} has not been multiplied`);
  piece.parts.forEach((part, i) => {
    const columns = rowMajor(dy, outputs, part.first);
    const db = upMatrix(piece, gradients, part);
    const shape = { M: part.outputs, N: rank, K: rows, factor, accumulate: true };
    matmul(b.p, b.scalars, transposed(columns), rowMajor(t, width, i * rank), db, shape);
  });
  const dropped = rowMajor(dropOut(b, x, rows * inputs, piece.drop), inputs);
  const da = downMatrix(piece, gradients, inputs);
  matmul(b.p, b.scalars, transposed(rowMajor(dt, width)), dropped, da, {
    M: width,
    N: inputs,
    K: rows,
    accumulate: true,
  });
  return dt;
}

/** dx += dt·A, or dx = residual + drop(dt·A) as `o` says. */
export function downGrad(
  b: Build,
  piece: Piece,
  dt: View,
  dx: View,
  { rows, inputs }: OutputRange,
  o: Pick<MatmulOptions, 'residual' | 'dropout'> = {},
): void {
  const width = widthOf(piece);
  const a = downMatrix(piece, piece.use.weights, inputs);
  matmul(b.p, b.scalars, rowMajor(dt, width), a, rowMajor(dx, inputs), {
    M: rows,
    N: inputs,
    K: width,
    ...(o.residual ? o : { accumulate: true }),
  });
}
