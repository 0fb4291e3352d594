import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { sequential } from './sequential';

type Settings = Omit<MethodConfig & { name: 'freezing' }, 'name'>;

/**
 * Which weights freezing leaves to train, by their Hugging Face name. Frozen embeddings are also the output head
 * where the two are tied.
 */
export function leftToTrain({ embeddings, encoder, decoder, layers }: Settings): (name: string) => boolean {
  return (name) => {
    if (name === 'shared.weight') return !embeddings;
    const [part] = name.split('.', 1);
    if ((part === 'encoder' && encoder) || (part === 'decoder' && decoder)) return false;
    const layer = /^(?:encoder|decoder)\.block\.(\d+)\./.exec(name)?.[1];
    return layer === undefined || Number(layer) >= layers;
  };
}

/**
 * Freezing by part: plain fine-tuning of the weights that are left. The learner is opened with them
 * (`leftToTrain`), so that frozen ones have neither gradients nor an optimiser's state.
 * @see Howard & Ruder 2018; Kumar et al. 2022 for what fine-tuning everything distorts
 */
export function freezing(): Method {
  return sequential();
}
