/** LoRA adapters as PEFT keeps them: `adapter_config.json` and `adapter_model.safetensors`. */
import { readJson } from './bytes';
import { readSafetensors, writeSafetensors, type TensorSource } from './safetensors';
import {
  ModelError,
  type FileProgress,
  type ModelFolder,
  type NamedTensor,
  type OutgoingFile,
} from './types';

/** What of an adapter's settings means something here. */
export interface PeftSettings {
  rank: number;
  alpha: number;
  dropout: number;
  /** Ends of module names. */
  targets: string[];
  rankStabilized: boolean;
}

export interface OpenedAdapter {
  settings: PeftSettings;
  /** Name or path of the model that it was made for, where that is written down. */
  baseModel: string | null;
  /** `<module>.lora_A.weight` and `<module>.lora_B.weight` as float32, in file order. */
  tensors(): AsyncIterable<NamedTensor>;
}

const configFile = 'adapter_config.json';
const weightsFile = 'adapter_model.safetensors';
const prefix = 'base_model.model.';

type Json = Record<string, unknown>;

/** Settings that would make it another adapter than plain LoRA, and the values that leave it one. */
const plain: readonly [key: string, what: string, values: readonly unknown[]][] = [
  ['bias', 'trained biases', ['none']],
  ['use_dora', 'DoRA', [false]],
  ['use_qalora', 'QA-LoRA', [false]],
  ['lora_bias', 'a bias of LoRA', [false]],
  ['fan_in_fan_out', 'transposed weights', [false]],
  ['modules_to_save', 'modules that are saved whole', []],
  ['rank_pattern', 'ranks by module', []],
  ['alpha_pattern', 'alphas by module', []],
  ['layers_to_transform', 'a choice of layers', []],
  ['layers_pattern', 'a choice of layers', []],
  ['layer_replication', 'repeated layers', []],
  ['exclude_modules', 'excluded modules', []],
  ['target_parameters', 'targets that are parameters', []],
  ['trainable_token_indices', 'trained tokens', []],
  ['alora_invocation_tokens', 'activated LoRA', []],
  ['megatron_config', 'Megatron', []],
  ['loftq_config', 'LoftQ', []],
  ['arrow_config', 'Arrow', []],
  ['use_bdlora', 'BD-LoRA', [false]],
  // These begin by changing the weights that the adapter is added to.
  ['init_lora_weights', 'weights that are changed beforehand', [true, false, 'gaussian', 'orthogonal']],
];

const empty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

function settingsOf(config: Json): PeftSettings {
  const wrong = (message: string): ModelError => new ModelError(message, configFile);
  if (config.peft_type !== 'LORA')
    throw wrong(`peft_type is ${JSON.stringify(config.peft_type)}; only "LORA" is read here`);
  for (const [key, what, values] of plain)
    if (!empty(config[key]) && !values.includes(config[key]))
      throw wrong(
        `${key} is ${JSON.stringify(config[key])}: ${what} is not supported; expected ${values.length > 0 ? values.map((v) => JSON.stringify(v)).join(' or ') : 'nothing there'}`,
      );
  const number = (
    key: string,
    byDefault: number,
    valid: (n: number) => boolean,
    expected: string,
  ): number => {
    const value = config[key] ?? byDefault;
    if (typeof value !== 'number' || !valid(value))
      throw wrong(`${key} is ${JSON.stringify(value)}; expected ${expected}`);
    return value;
  };
  const targets = config.target_modules;
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every((t) => typeof t === 'string'))
    throw wrong(
      `target_modules is ${JSON.stringify(targets)}; expected a list of module names, ["q", "v"] say (patterns are not supported)`,
    );
  const rslora = config.use_rslora ?? false;
  if (typeof rslora !== 'boolean')
    throw wrong(`use_rslora is ${JSON.stringify(rslora)}; expected true or false`);
  return {
    rank: number('r', 8, (n) => Number.isInteger(n) && n > 0, 'a whole number above 0'),
    alpha: number('lora_alpha', 8, Number.isFinite, 'a number'),
    dropout: number('lora_dropout', 0, (n) => n >= 0 && n < 1, 'a number from 0 up, below 1'),
    targets: targets,
    rankStabilized: rslora,
  };
}

/**
 * Opens the folder of an adapter, as `PeftModel.save_pretrained` writes it.
 * @throws ModelError that names the file, the setting or tensor, and what was expected
 */
export async function openAdapter(
  folder: ModelFolder,
  onProgress?: (progress: FileProgress) => void,
): Promise<OpenedAdapter> {
  const content = await folder.open(configFile, onProgress);
  if (!content) throw new ModelError(`${folder.label} has no ${configFile}; it is not a PEFT adapter folder`);
  const config = await readJson(content, configFile);
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new ModelError('expected an object of settings', configFile);
  const settings = settingsOf(config as Json);
  const { base_model_name_or_path: base } = config as Json;
  return {
    settings,
    baseModel: typeof base === 'string' && base !== '' ? base : null,
    async *tensors() {
      const stream = await folder.open(weightsFile, onProgress);
      if (!stream) throw new ModelError(await withoutWeights(folder));
      for await (const tensor of readSafetensors(stream, weightsFile, { finite: true })) {
        const name = tensor.name.startsWith(prefix) ? tensor.name.slice(prefix.length) : '';
        if (!/\.lora_[AB]\.weight$/.test(name))
          throw new ModelError(
            `tensor "${tensor.name}" is no LoRA matrix; expected names like ${prefix}….lora_A.weight`,
            weightsFile,
          );
        yield { ...tensor, name };
      }
    },
  };
}

async function withoutWeights(folder: ModelFolder): Promise<string> {
  const pickle = await folder.open('adapter_model.bin').catch(() => null);
  if (!pickle) return `${folder.label} has no ${weightsFile}`;
  await pickle[Symbol.asyncIterator]().return?.();
  return (
    `${folder.label} has its matrices only as a PyTorch pickle (adapter_model.bin), which can run code and is not ` +
    `read here; save it again with a newer PEFT`
  );
}

/**
 * The files of an adapter, which `PeftModel.from_pretrained` reads.
 * @param targets of the settings: ends of module names as the model has them (wi_0, not wi, of a gated one)
 * @param baseModel name or path to write down, null for none
 * @param tensors `<module>.lora_A.weight` and `<module>.lora_B.weight`
 */
export function adapterFiles(
  settings: PeftSettings,
  baseModel: string | null,
  tensors: TensorSource,
): OutgoingFile[] {
  const config = {
    peft_type: 'LORA',
    task_type: 'SEQ_2_SEQ_LM',
    base_model_name_or_path: baseModel,
    inference_mode: true,
    r: settings.rank,
    lora_alpha: settings.alpha,
    lora_dropout: settings.dropout,
    target_modules: settings.targets,
    use_rslora: settings.rankStabilized,
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
  };
  return [
    { path: configFile, content: new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`) },
    { path: weightsFile, content: writeSafetensors(named(tensors)) },
  ];
}

function named(tensors: TensorSource): TensorSource {
  const full = <T extends { name: string }>(tensor: T): T => ({ ...tensor, name: prefix + tensor.name });
  if (!('shapes' in tensors)) return [...tensors].map(full);
  const { shapes, tensors: coming } = tensors;
  return {
    shapes: shapes.map(full),
    tensors: (async function* () {
      for await (const tensor of coming) yield full(tensor);
    })(),
  };
}
