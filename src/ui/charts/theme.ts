/** The page's colours as a canvas needs them: resolved, since a canvas knows no CSS variables. */
import { PALETTE_SIZE } from './view';

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
}

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
  };
  probe.remove();
  return theme;
}

/** The line's colour; a negative place is the plain ink. */
export function colourOf(theme: ChartTheme, place: number): string {
  return place < 0 ? theme.ink : (theme.tasks[place % PALETTE_SIZE] ?? theme.ink);
}
