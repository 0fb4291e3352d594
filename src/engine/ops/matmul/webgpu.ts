/** Matmul on WebGPU: which of the kernels suits a shape. */
import {
  divideUp,
  type Arguments,
  type Launch,
  type Plan,
  type Scratch,
  type Traits,
  type Uniform,
} from '../../webgpu/kernel';
import { finishWgsl, operandUses, partsName, partsOf, resultUses, type Parts } from './webgpuParts';
import { registerDeclarations, registerMain, type RegisterTile } from './webgpuRegister';
import { thinCols, thinDeclarations, thinFits, thinMain, thinRows, thinThreads } from './webgpuThin';
import { partDepth, sumMain, threads, tiledDeclarations, tiledMain } from './webgpuTiled';

type Tiles = readonly (RegisterTile & { cost: number })[];

/** With the time of a multiplication in each, relative to the first; measured on pocket-sized products. */
const swiftShaderTiles: Tiles = [
  { rows: 16, cols: 16, cost: 1 },
  { rows: 8, cols: 8, cost: 1.5 },
  { rows: 4, cols: 8, cost: 2.2 },
];
const otherTiles: Tiles = [
  { rows: 8, cols: 8, cost: 1 },
  { rows: 4, cols: 8, cost: 1.5 },
];

/** The tile that takes the least time, what it wastes at the edges included. */
function registerTile(tiles: Tiles, M: number, N: number): RegisterTile {
  const time = ({ rows, cols, cost }: Tiles[number]): number =>
    divideUp(M, rows) * rows * divideUp(N, cols) * cols * cost;
  return tiles.reduce((best, tile) => (time(tile) < time(best) ? tile : best));
}

const word = (name: string, value: number): Uniform => ({ name, type: 'u32', value });

interface Product {
  parts: Parts;
  uniforms: Uniform[];
  M: number;
  N: number;
  K: number;
}

/** Threads of a workgroup lie side by side along N, so that they read the same of A. */
function inRegisters({ parts: found, uniforms, M, N }: Product, traits: Traits): Launch {
  const subgroups = traits.swiftShader && traits.subgroup >= 4;
  const parts: Parts = subgroups ? { ...found, a: { ...found.a, vector: false, type: 'f32' } } : found;
  const tile = registerTile(traits.swiftShader ? swiftShaderTiles : otherTiles, M, N);
  const columns = divideUp(N, tile.cols);
  // Two SIMD groups of SwiftShader, one of lavapipe; fewer where there is less to do.
  const size = columns <= 4 ? 4 : 8;
  const across = divideUp(columns, size);
  return {
    variant: `register${tile.rows}x${tile.cols}-${size}-${subgroups ? 'together-' : ''}${partsName(parts)}`,
    uses: [...operandUses(parts), ...resultUses(parts)],
    uniforms: [...uniforms, word('across', across)],
    size,
    subgroups,
    workgroups: divideUp(M, tile.rows) * across,
    declarations: () => registerDeclarations(parts),
    main: () => registerMain(parts, tile, size, subgroups),
  };
}

/** As many squares as keep a GPU busy: large ones read least, small ones are more. */
const enough = { squares: 256, parts: 64, partK: 256, mostParts: 8 };

function inSquares({ parts, uniforms, M, N, K }: Product, scratch: Scratch): Launch | Launch[] {
  const squares = (side: number): number => divideUp(M, side) * divideUp(N, side);
  const side = squares(64) >= enough.squares ? 64 : 32;
  const across = divideUp(N, side);
  const tiles = squares(side);
  // Few squares with much to sum are split along K; the parts are added in order, so the sum is always the same.
  const count = tiles < enough.parts ? Math.min(enough.mostParts, Math.floor(K / enough.partK)) : 1;
  if (count < 2)
    return {
      variant: `squares${side}-${partsName(parts)}`,
      uses: [...operandUses(parts), ...resultUses(parts)],
      uniforms: [...uniforms, word('across', across)],
      size: threads,
      workgroups: tiles,
      declarations: () => tiledDeclarations(parts, side, false),
      main: () => tiledMain(parts, side, false),
    };
  const partK = divideUp(divideUp(K, count), partDepth) * partDepth;
  const partCount = divideUp(K, partK);
  const wide = divideUp(N, 4);
  const partial = {
    name: 'partial',
    type: 'vec4f',
    view: scratch('partial', partCount * M * wide * 4),
  } as const;
  return [
    {
      variant: `parts${side}-${partsName(parts)}`,
      uses: [...operandUses(parts), { ...partial, access: 'write' }],
      uniforms: [...uniforms, word('across', across), word('tiles', tiles), word('partK', partK)],
      size: threads,
      workgroups: tiles * partCount,
      declarations: () => tiledDeclarations(parts, side, true),
      main: () => tiledMain(parts, side, true),
    },
    {
      variant: `sum-${partsName(parts)}`,
      uses: [{ ...partial, access: 'read' }, ...resultUses(parts)],
      uniforms: [...uniforms, word('parts', partCount)],
      size: threads,
      workgroups: divideUp(M * wide, threads),
      declarations: () => finishWgsl(parts),
      main: () => sumMain,
    },
  ];
}

function thin({ parts, uniforms, M, N }: Product): Launch {
  const across = divideUp(N, thinCols);
  return {
    variant: `thin-${partsName(parts)}`,
    uses: [...operandUses(parts), ...resultUses(parts)],
    uniforms: [...uniforms, word('across', across)],
    size: thinThreads,
    workgroups: across * divideUp(M, thinRows),
    declarations: () => thinDeclarations(parts),
    main: () => thinMain(parts),
  };
}

const productOf = (args: Arguments, traits: Traits): Product => ({
  ...partsOf(args, traits),
  M: args.int('M'),
  N: args.int('N'),
  K: args.int('K'),
});

export const matmulPlan: Plan = (args, traits, scratch) => {
  const product = productOf(args, traits);
  if (traits.software) return inRegisters(product, traits);
  return thinFits(product.parts, product.M) ? thin(product) : inSquares(product, scratch);
};
