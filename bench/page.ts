/** The page that `npm run bench` opens; it is driven through `window.bench`. */
import { benches } from './benches';
import type { Context, Part, Sample } from './harness/context';

/** Context as the command gives it. */
type Asked = Omit<Context, 'say'>;

interface BenchPage {
  names: string[];
  /** What each part of a benchmark measures, and whether it is run afresh for each round. */
  parts(name: string, asked: Asked): { label: string; once: boolean }[];
  run(name: string, part: number, asked: Asked): Promise<Sample[]>;
}

declare global {
  interface Window {
    bench: BenchPage;
    /** Prints a line. */
    say(line: string): Promise<void>;
    /** Passes a request to PyTorch; absent where there is none. */
    torch?: (request: string) => Promise<string>;
  }
}

function partsOf(name: string, asked: Asked): Part[] {
  const bench = benches[name];
  if (!bench) throw new Error(`there is no benchmark ${name}`);
  return bench(asked);
}

window.bench = {
  names: Object.keys(benches),
  parts: (name, asked) => partsOf(name, asked).map(({ label, once = false }) => ({ label, once })),
  async run(name, part, asked) {
    const found = partsOf(name, asked)[part];
    if (!found) throw new Error(`${name} has no part ${part}`);
    return found.run({ ...asked, say: (line) => void window.say(line) });
  },
};
