/** Kernels that treat every element, or every four, alike. */
import { divideUp, fours, type ElementType, type Launch, type Uniform, type Use } from './kernel';

const size = 64;

/** Four elements a thread where all these lengths allow it, else one. */
export interface Width {
  /** Elements a thread: 4 or 1. */
  readonly width: 4 | 1;
  readonly type: Extract<ElementType, 'vec4f' | 'f32'>;
  /** Suffix of the dropout functions. */
  readonly suffix: '4' | '';
  /** WGSL of zero. */
  readonly zero: string;
}

export const widthOf = (...lengths: number[]): Width =>
  fours(...lengths)
    ? { width: 4, type: 'vec4f', suffix: '4', zero: 'vec4f()' }
    : { width: 1, type: 'f32', suffix: '', zero: '0.0' };

/** A thread for each of `units`; the body finds its number in `i`. */
export function elementLaunch(
  { width }: Width,
  units: number,
  launch: {
    variant?: string;
    uses: readonly Use[];
    uniforms?: readonly Uniform[];
    declarations?: string;
    main: string;
  },
): Launch {
  return {
    variant: `${launch.variant ?? ''}x${width}`,
    uses: launch.uses,
    uniforms: [...(launch.uniforms ?? []), { name: 'units', type: 'u32', value: units }],
    size,
    workgroups: divideUp(units, size),
    declarations: () => launch.declarations ?? '',
    main: () => `let i = group * ${size}u + lane;
if (i >= p.units) { return; }
${launch.main}`,
  };
}
