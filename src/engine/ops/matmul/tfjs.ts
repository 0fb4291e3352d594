/** Matrix multiplication as a kernel of TensorFlow.js: any operand transposed, with a scale, a residual and dropout. */
import type { Tensor } from '@tensorflow/tfjs';
import { call, type Kernel, type KernelBuilder } from '../../tfjs/kernel';
import { checkDropout, dropout, type DropoutOptions } from '../dropout/tfjs';
import { matmul as emitMatmul, rowMajor, transposed, type Matrix } from './matmul';

type Settings = {
  transposeA: boolean;
  transposeB: boolean;
  alpha: number;
  rate: number;
  /** Of the result. */
  shape: number[];
};

function operand(
  k: KernelBuilder,
  name: string,
  flip: boolean,
): [matrix: Matrix, rows: number, cols: number] {
  const [rows, cols] = k.matrix(name);
  const stored = rowMajor(k.input(name), cols);
  return flip ? [transposed(stored), cols, rows] : [stored, rows, cols];
}

const multiply: Kernel<Settings> = {
  name: 'LetheMatmul',
  build(k, { transposeA, transposeB, alpha, rate, shape }) {
    const [a, M, K] = operand(k, 'a', transposeA);
    const [b, , N] = operand(k, 'b', transposeB);
    const residual = k.has('residual') ? k.input('residual') : undefined;
    emitMatmul(k.p, k.numbers, a, b, rowMajor(k.result('c', shape), N), {
      M,
      N,
      K,
      alpha,
      ...(residual && { residual, dropout: { rate, site: 0 } }),
    });
  },
  gradient: {
    inputs: ['a', 'b'],
    of([dy], [a, b], { transposeA, transposeB, alpha, rate }, { dropoutSeed = 0 }) {
      const kept = rate > 0 ? dropout(dy!, { rate, seed: dropoutSeed }) : dy!;
      const product = (x: Tensor, flipX: boolean, y: Tensor, flipY: boolean, shape: number[]): Tensor =>
        call(multiply, { a: x, b: y }, { transposeA: flipX, transposeB: flipY, alpha, rate: 0, shape })[0]!;
      return {
        a: () =>
          transposeA
            ? product(b!, transposeB, kept, true, a!.shape)
            : product(kept, false, b!, !transposeB, a!.shape),
        b: () =>
          transposeB
            ? product(kept, true, a!, transposeA, b!.shape)
            : product(a!, !transposeA, kept, false, b!.shape),
        residual: () => dy!.clone(),
      };
    },
  },
};

export const matmulKernels = [multiply];

export interface MatmulOptions {
  /** Whether an operand is stored as the transpose of what is multiplied; a tie of weights then needs no copy. */
  transposeA?: boolean;
  transposeB?: boolean;
  /** Factor of the product; 1 by default. */
  alpha?: number;
  /** Added to the product, of the result's shape. */
  residual?: Tensor;
  /** Of the scaled product, before the residual is added; only with a residual. */
  dropout?: DropoutOptions;
}

/**
 * @param a [..., M, K], axes before the last taken together as rows; with `transposeA` [K, M]
 * @param b [K, N]; with `transposeB` [N, K]
 * @returns [..., M, N] (with `transposeA` [M, N]): `residual + dropout(alpha · a · b)`
 * @throws RangeError when the shapes don't fit, or for dropout without a residual
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1, residual } = options;
  const { rate, seed } = checkDropout(options.dropout ?? {});
  const said = `matmul: a is [${a.shape.join(', ')}]${transposeA ? 'ᵀ' : ''}, b [${b.shape.join(', ')}]${transposeB ? 'ᵀ' : ''}`;
  const axes = { a: a.rank < 2 || (transposeA && a.rank > 2), b: b.rank !== 2 };
  if (axes.a || axes.b)
    throw new RangeError(`${said}; they have another number of axes than can be multiplied`);
  const inner = transposeA ? a.shape[0] : a.shape.at(-1);
  const [left, right] = b.shape as [number, number];
  if (inner !== (transposeB ? right : left)) throw new RangeError(`${said}; inner axes differ`);
  const shape = [...(transposeA ? [a.shape[1]!] : a.shape.slice(0, -1)), transposeB ? left : right];
  if (residual && residual.shape.join() !== shape.join())
    throw new RangeError(
      `${said}; the residual is [${residual.shape.join(', ')}], not [${shape.join(', ')}]`,
    );
  if (rate > 0 && !residual)
    throw new RangeError('matmul: dropout comes with a residual; use dropout() else');
  const inputs = { a, b, ...(residual && { residual }) };
  return call(multiply, inputs, { transposeA, transposeB, alpha, rate, shape }, { dropoutSeed: seed })[0]!;
}
