/** The list of methods: a new one is a file of its own, its settings in `run/methods`, and a line here. */
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { aGem } from './aGem';
import { derPlusPlus } from './derPlusPlus';
import { ema } from './ema';
import { ewc } from './ewc';
import { freezing } from './freezing';
import { joint } from './joint';
import { l2sp } from './l2sp';
import { lwf } from './lwf';
import { multiTask } from './multiTask';
import { oLora } from './oLora';
import { replay } from './replay';
import { sequential } from './sequential';
import { soup } from './soup';
import { wiseFt } from './wiseFt';

const methods: { [Name in MethodConfig['name']]: (config: MethodConfig & { name: Name }) => Method } = {
  sequential,
  joint,
  'multi-task': multiTask,
  replay,
  'der++': derPlusPlus,
  'a-gem': aGem,
  lwf,
  ewc,
  'l2-sp': l2sp,
  freezing,
  'o-lora': oLora,
  'wise-ft': wiseFt,
  ema,
  soup,
};

/** A method ready for the first stage. */
export function createMethod(config: MethodConfig): Method {
  // The list is by name, so the entry takes the settings of that name.
  return (methods[config.name] as (settings: MethodConfig) => Method)(config);
}
