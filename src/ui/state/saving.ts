/** Archives that leave the page: made piece by piece by the trainer, and called off until they are whole. */
import { adapterFile, checkpointMeta } from '../../run/checkpoint';
import type { RunResult } from '../../run/result';
import type { FolderManifest } from '../../store/types';
import { downloadStream } from '../download';
import { fileStem } from '../format';
import type { Trainer } from '../ports';
import type { Notices } from './notices.svelte';

type Pieces = AsyncIterable<Uint8Array<ArrayBuffer>>;

export class Saving {
  constructor(
    private readonly trainer: () => Promise<Trainer>,
    private readonly notices: Notices,
  ) {}

  /** Saves a checkpoint as the zip of a Hugging Face folder, or its adapters as PEFT reads them. */
  async checkpoint(folder: FolderManifest, content: 'model' | 'adapter' = 'model'): Promise<void> {
    const meta = checkpointMeta(folder.meta);
    if (!meta) throw new Error('this folder is no checkpoint');
    const { runId, checkpointId, runName } = meta;
    const adapter = content === 'adapter';
    const name = `lethe-${fileStem(runName)}-${checkpointId}${adapter ? '-adapter' : ''}.zip`;
    const size = adapter ? (adapterFile(folder)?.bytes ?? 0) : folder.bytes;
    await this.#save(name, size, (trainer) => trainer.exportCheckpoint(runId, checkpointId, content));
  }

  /** Saves a zip that repeats the run on PyTorch. */
  async handoff(run: RunResult): Promise<void> {
    const name = `lethe-${fileStem(run.name)}-pytorch.zip`;
    await this.#save(name, 4 * run.parameters, (trainer) => trainer.exportHandoff(run.config, run));
  }

  async #save(name: string, size: number, pieces: (trainer: Trainer) => Pieces): Promise<void> {
    const called = new AbortController();
    const id = this.notices.show('info', `${name} is being saved.`, {
      action: { label: 'Cancel', run: () => called.abort() },
    });
    const trainer = this.trainer;
    const until = async function* () {
      for await (const piece of pieces(await trainer())) {
        called.signal.throwIfAborted();
        yield piece;
      }
    };
    try {
      const saved = await downloadStream(name, 'application/zip', size, until);
      if (saved) this.notices.say(`${name} is saved.`);
    } catch (error) {
      if (!called.signal.aborted) throw error;
      this.notices.say(`${name} is not saved.`);
    } finally {
      this.notices.dismiss(id);
    }
  }
}
