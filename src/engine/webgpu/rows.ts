/**
 * Kernels that reduce rows (norms, sums, the softmax of logits). A real GPU gives each row a workgroup; on a
 * software adapter, where barriers are dear, each thread takes a whole row.
 */
import { divideUp, type Launch, type Traits } from './kernel';
import { reducer, type Reduction } from './reduce';

export interface RowThreads {
  /** `variant` of a launch begins with it. */
  readonly name: string;
  readonly size: number;
  readonly workgroups: number;
  readonly subgroups: boolean;
  /**
   * Defines `row`, `first` and `stride`: the thread's elements are first, first + stride, … of the row. Threads
   * without a row end here.
   */
  readonly begin: string;
  /** For `declarations`: a function for each reduction. */
  readonly declarations: string;
  /** Expression for the reduction of a value over the threads of a row. */
  reduce(kind: Reduction, value: string): string;
  /** Condition under which a thread writes what there is one of in a row. */
  readonly writes: string;
}

/** @param rows how many; `reductions` those that the kernel calls */
export function rowThreads(
  traits: Traits,
  rows: number,
  reductions: readonly Reduction[],
  { size = 64, softwareSize = 8 }: { size?: number; softwareSize?: number } = {},
): RowThreads {
  if (traits.software)
    return {
      name: 'row',
      size: softwareSize,
      workgroups: divideUp(rows, softwareSize),
      subgroups: false,
      begin: `let row = group * ${softwareSize}u + lane;
if (row >= p.rowCount) { return; }
let first = 0u;
let stride = 1u;`,
      declarations: '',
      reduce: (_, value) => value,
      writes: 'true',
    };
  const all = reducer(traits, size);
  return {
    name: reductions.length > 0 ? `group${size}-${all.name}` : `group${size}`,
    size,
    workgroups: rows,
    subgroups: all.subgroups && reductions.length > 0,
    begin: `let row = group;
let first = lane;
let stride = ${size}u;`,
    declarations: all.declarations(reductions),
    reduce: (kind, value) => all.reduce(kind, value),
    writes: 'lane == 0u',
  };
}

/** Everything of a launch that the arrangement of threads decides. */
export function rowLaunch(
  threads: RowThreads,
  rows: number,
  launch: Omit<Launch, 'size' | 'workgroups' | 'subgroups' | 'main' | 'declarations'> & {
    declarations?: string;
    main: string;
  },
): Launch {
  return {
    ...launch,
    variant: `${threads.name}-${launch.variant}`,
    uniforms: [...(launch.uniforms ?? []), { name: 'rowCount', type: 'u32', value: rows }],
    size: threads.size,
    workgroups: threads.workgroups,
    subgroups: threads.subgroups,
    declarations: () => threads.declarations + (launch.declarations ?? ''),
    main: () => `${threads.begin}\n${launch.main}`,
  };
}
