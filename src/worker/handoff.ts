/** A run as a zip that repeats it on PyTorch. */
import { zipFolder } from '../archive/write';
import { handoffFiles } from '../handoff/handoff';
import type { RunConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { slug, type Export } from './exporting';
import { folderOf } from './modelSource';
import type { Services } from './services';

/** @throws Error when the run cannot be repeated there; then nothing has been read */
export async function exportHandoff(
  services: Services,
  baseUrl: string,
  config: RunConfig,
  result: RunResult | undefined,
): Promise<Export> {
  const store = await services.store();
  const model = await folderOf(config.model, store, baseUrl, (message) => console.warn(message));
  const files = handoffFiles({
    config,
    ...(result && { result }),
    model,
    load: (task) => services.loadTask(task, store, baseUrl),
  });
  return {
    fileName: `${slug(config.name ?? result?.name ?? 'plan')}-pytorch.zip`,
    chunks: zipFolder(files),
  };
}
