/** The list of methods: a new one is a file of its own, its settings in `run/config`, and a line here. */
import type { RunConfig } from '../../run/config';
import type { Method } from '../method';
import { sequential } from './sequential';

type MethodConfig = RunConfig['method'];

const methods: { [Name in MethodConfig['name']]: (config: MethodConfig & { name: Name }) => Method } = {
  sequential,
};

/** A method ready for the first stage. */
export function createMethod(config: MethodConfig): Method {
  return methods[config.name](config);
}
