/** The Python process that trains in PyTorch for the benchmarks. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

/**
 * Starts PyTorch. LETHE_PYTHON names a Python other than `python3`.
 * @returns {{ ask(request: string): Promise<string>, close(): void } | null} null where Python has no PyTorch and
 *   transformers
 */
export function openTorch() {
  const named = process.env['LETHE_PYTHON'];
  const python = named === undefined || named === '' ? 'python3' : named;
  const probe = spawnSync(python, ['-c', 'import torch, transformers'], { stdio: 'ignore' });
  if (probe.status !== 0) return null;
  const child = spawn(python, [path.join(import.meta.dirname, 'torch_step.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // An answer is awaited before the next request is sent.
  let last = Promise.resolve();
  return {
    ask(request) {
      const answer = last.then(async () => {
        child.stdin.write(`${request}\n`);
        const { value, done } = await lines.next();
        if (done) throw new Error('PyTorch ended');
        return /** @type {string} */ (value);
      });
      last = answer.then(
        () => undefined,
        () => undefined,
      );
      return answer;
    },
    close: () => void child.kill(),
  };
}
