/** The page that `npm run bench` opens; it is driven through `window.bench`. */
import { benches } from './benches';
import type { Context, Row } from './harness/context';

interface BenchPage {
  names: string[];
  run(name: string, context: Omit<Context, 'say'>): Promise<Row[]>;
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

window.bench = {
  names: Object.keys(benches),
  run(name, context) {
    const bench = benches[name];
    if (!bench) throw new Error(`there is no benchmark ${name}`);
    return bench({ ...context, say: (line) => void window.say(line) });
  },
};
