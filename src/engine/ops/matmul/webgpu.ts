/** Matmul on WebGPU: which of the kernels suits a shape. */
import { divideUp, type Launch, type Plan } from '../../webgpu/kernel';
import { operandUses, partsName, partsOf, resultUses } from './webgpuParts';
import { registerDeclarations, registerMain, type RegisterTile } from './webgpuRegister';

/** Threads of a workgroup: two SIMD groups of SwiftShader, one of lavapipe. */
const registerSize = 8;

/** Tiles by falling size, with the time of a multiplication in each relative to the first. */
const registerTiles: (RegisterTile & { cost: number })[] = [
  { rows: 16, cols: 16, cost: 1 },
  { rows: 8, cols: 8, cost: 1.3 },
  { rows: 4, cols: 8, cost: 2 },
];

/** The tile that wastes least at the edges. */
function registerTile(M: number, N: number): RegisterTile {
  const time = ({ rows, cols, cost }: (typeof registerTiles)[number]): number =>
    divideUp(M, rows) * rows * divideUp(N, cols) * cols * cost;
  return registerTiles.reduce((best, tile) => (time(tile) < time(best) ? tile : best));
}

export const matmulPlan: Plan = (args) => {
  const { parts, uniforms } = partsOf(args);
  const M = args.int('M');
  const N = args.int('N');
  const tile = registerTile(M, N);
  const tilesN = divideUp(N, tile.cols);
  const launch: Launch = {
    variant: `register${tile.rows}x${tile.cols}-${partsName(parts)}`,
    uses: [...operandUses(parts), ...resultUses(parts)],
    uniforms: [...uniforms, { name: 'tilesN', type: 'u32', value: tilesN }],
    size: registerSize,
    workgroups: divideUp(divideUp(M, tile.rows) * tilesN, registerSize),
    declarations: () => registerDeclarations(parts),
    main: () => registerMain(parts, tile, registerSize),
  };
  return launch;
};
