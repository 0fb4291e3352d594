/**
 * A model outside of any run, to try adapters on: attached beside its weights, scaled, merged into them and taken out
 * again, with answers to prompts in between. Questions are taken one after another.
 */
import { adapterFolder } from '../models/adapterFolder';
import { memoryFolder } from '../models/folder';
import { huggingFaceFolder, type CheckpointParts } from '../models/huggingFace';
import { openAdapter } from '../models/peft';
import type { ModelFolder, NamedTensor } from '../models/types';
import type { TextCodec } from '../continual/learner';
import type { Adapter } from '../engine/adapters/adapter';
import { tokenProbabilities } from '../engine/probabilities';
import { generate } from '../engine/t5/generate';
import type { T5Model } from '../engine/t5/model';
import { collate } from '../engine/text/batches';
import type { DeviceInfo } from '../run/result';
import { randomId } from '../store/hash';
import type { Store } from '../store/store';
import { adaptersOfCheckpoint, peftFiles } from './adapterExport';
import type { AdapterSource, SpokenToken, TriedAdapter, TryoutQuestion, TryoutState } from './protocol';

/** A model that is open, and what it takes to talk with it and to keep it. */
export interface TryoutModel {
  model: T5Model;
  codec: TextCodec & { piece(id: number): string };
  /** All of a checkpoint but the weights. */
  parts: Omit<CheckpointParts, 'tensors'>;
}

interface Tried {
  id: number;
  adapter: Adapter;
  baseModel: string | null;
  /** What its own scaling is multiplied by, attached or merged. */
  factor: number;
}

export interface TryoutReply {
  answers?: string[];
  tokens?: SpokenToken[][];
  modelId?: string;
}

export class Tryout {
  private tried: Tried[] = [];
  private nextId = 1;

  constructor(
    private readonly opened: TryoutModel,
    private readonly device: DeviceInfo,
    private readonly store: Store,
  ) {}

  get state(): TryoutState {
    const { model } = this.opened;
    const merged = model.adapters.merged;
    return {
      device: this.device,
      parameters: model.parameterCount,
      adapters: this.tried.map(({ id, adapter, baseModel, factor }): TriedAdapter => {
        const { rank, alpha, targets } = adapter.settings;
        const { name, parameters } = adapter;
        const about = { id, name, rank, alpha, targets: [...targets], baseModel, factor };
        return { ...about, parameters: parameters.size, merged: merged.includes(adapter) };
      }),
    };
  }

  /** @throws Error in words for people; what there was before then still is */
  async ask(question: Exclude<TryoutQuestion, { ask: 'open' | 'close' }>): Promise<TryoutReply> {
    const { adapters } = this.opened.model;
    switch (question.ask) {
      case 'attach':
        await this.attach(question.from, question.factor ?? 1);
        return {};
      case 'scale':
        await this.scale(this.find(question.adapter), question.factor);
        return {};
      case 'merge': {
        const { adapter, factor } = this.find(question.adapter);
        await adapters.merge(adapter, factor);
        return {};
      }
      case 'unmerge': {
        const { adapter, factor } = this.find(question.adapter);
        await adapters.unmerge(adapter);
        await adapters.attach(adapter, factor);
        return {};
      }
      case 'remove': {
        const { adapter } = this.find(question.adapter);
        if (adapters.merged.includes(adapter)) await adapters.unmerge(adapter);
        await adapters.remove(adapter);
        this.tried = this.tried.filter((other) => other.adapter !== adapter);
        return {};
      }
      case 'answer':
        return await this.answer(question);
      case 'keep':
        return { modelId: await this.keep(question.name) };
    }
  }

  async dispose(): Promise<void> {
    await this.opened.model.dispose();
  }

  private find(id: number): Tried {
    const found = this.tried.find((tried) => tried.id === id);
    if (!found) throw new Error(`There is no adapter of number ${id} here.`);
    return found;
  }

  private async attach(from: AdapterSource, factor: number): Promise<void> {
    const { adapters } = this.opened.model;
    const folder = await this.folderOf(from);
    const opened = await openAdapter(folder);
    const adapter = await adapters.load(folder.label, opened.settings, opened.tensors());
    try {
      await adapters.attach(adapter, factor);
    } catch (error) {
      await adapters.remove(adapter);
      throw error;
    }
    this.tried.push({ id: this.nextId++, adapter, baseModel: opened.baseModel, factor });
  }

  private async folderOf(from: AdapterSource): Promise<ModelFolder> {
    if ('files' in from) return await adapterFolder(from.files);
    const { config, stages } = await adaptersOfCheckpoint(this.store, from.runId, from.checkpointId);
    const files = peftFiles(config, stages);
    const inside = from.task === undefined ? '' : `${from.task}/`;
    const content = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const file of files) {
      if (!file.path.startsWith(inside)) continue;
      const pieces: BlobPart[] = [];
      if (file.content instanceof Uint8Array) pieces.push(file.content.slice());
      else for await (const piece of file.content) pieces.push(piece.slice());
      content.set(file.path.slice(inside.length), new Uint8Array(await new Blob(pieces).arrayBuffer()));
    }
    return memoryFolder(content, from.task ?? from.checkpointId);
  }

  private async scale(tried: Tried, factor: number): Promise<void> {
    const { adapters } = this.opened.model;
    if (!Number.isFinite(factor)) throw new RangeError(`the scale is ${factor}; expected a number`);
    if (adapters.merged.includes(tried.adapter))
      throw new Error(`${tried.adapter.name} is merged into the weights; take it out to scale it.`);
    await adapters.scale(tried.adapter, factor);
    tried.factor = factor;
  }

  private async answer(question: Extract<TryoutQuestion, { ask: 'answer' }>): Promise<TryoutReply> {
    const { prompts, maxNewTokens, best } = question;
    const { model, codec } = this.opened;
    const sources = prompts.map((prompt) => codec.encode(prompt));
    const written = await generate(model, sources, { maxNewTokens, beams: 1 });
    const answers = written.map((ids) => codec.decode(ids).trim());
    if (best === undefined || written.length === 0) return { answers };
    const end = model.config.eosTokenId;
    const targets = written.map((ids) => (ids.length < maxNewTokens ? [...ids, end] : ids));
    const batch = collate(sources.map((source, i) => ({ source, target: targets[i] ?? [end] })));
    const rows = await tokenProbabilities(model, batch, best);
    const text = (id: number): string => codec.piece(id);
    const tokens = rows.map((row) =>
      row.map(({ id, probability, best: likeliest }): SpokenToken => {
        const others = likeliest.map((other) => ({ text: text(other.id), probability: other.probability }));
        return { text: text(id), probability, best: others, end: id === end };
      }),
    );
    return { answers, tokens };
  }

  /** Keeps the weights with every adapter added, as a model that runs can begin with. */
  private async keep(name: string): Promise<string> {
    const { model, parts } = this.opened;
    const id = `model/${randomId()}`;
    const shapes = model.parameters.names.map((tensor) => ({
      name: tensor,
      shape: model.parameters.shape(tensor),
    }));
    const tensors: AsyncIterable<NamedTensor> = model.adapters.mergedTensors();
    const files = huggingFaceFolder({ ...parts, tensors: { shapes, tensors } });
    await this.store.folders.keep(id, 'model', files, { label: name });
    return id;
  }
}
