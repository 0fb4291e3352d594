/** The page's colours as a canvas needs them: resolved, since a canvas knows no CSS variables. */
import { PALETTE_SIZE } from './view';

/** Pixels of the root's type where nothing asks for more. */
const USUAL_ROOT = 14;

export interface ChartTheme {
  ink: string;
  muted: string;
  grid: string;
  surface: string;
  raised: string;
  /** The deep end of a heat map. */
  heat: string;
  tasks: string[];
  font: string;
  /** Of type, against the usual size: larger for the projector. */
  scale?: number;
  /** Width of lines, in pixels. */
  line?: number;
}

/** A size of type or a mark in this theme. */
export const sized = (theme: ChartTheme, size: number): number => Math.round(size * (theme.scale ?? 1));

/** Reads the tokens where `element` stands, in the theme that is on. */
export function readTheme(element: HTMLElement): ChartTheme {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = {
    ink: read('--ink'),
    muted: read('--muted'),
    grid: read('--grid'),
    surface: read('--surface'),
    raised: read('--raised'),
    heat: read('--heat'),
    tasks: Array.from({ length: PALETTE_SIZE }, (_, i) => read(`--task-${i}`)),
    font: getComputedStyle(element).fontFamily,
    scale: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_ROOT,
    line: Number(getComputedStyle(element).getPropertyValue('--chart-line')) || 2,
  };
  probe.remove();
  return theme;
}

/** The line's colour; a negative place is the plain ink. */
export function colourOf(theme: ChartTheme, place: number): string {
  return place < 0 ? theme.ink : (theme.tasks[place % PALETTE_SIZE] ?? theme.ink);
}

/** A colour that lets others through: for lines that are many. */
export function faded(colour: string): string {
  const [, parts] = /^rgb\(([^)/]+)\)$/.exec(colour) ?? [];
  return parts === undefined ? colour : `rgba(${parts}, 0.35)`;
}
