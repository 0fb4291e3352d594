import type { Parameters } from '../parameters';
import { concat, getBackend, reshape, slice, type Rank, type Tensor, type Tensor1D } from '../tf';

/**
 * Numbers in a group at most, if it holds more than one tensor. On WASM a kernel call costs little, and the stock
 * slice copies the whole of what it cuts from: there every tensor is a group of its own.
 */
const groupSize = (): number => (getBackend() === 'webgpu' ? 2 ** 22 : 0);

interface Member {
  name: string;
  shape: number[];
  size: number;
  offset: number;
}

export interface Group {
  members: Member[];
  length: number;
}

/**
 * Tensors of a model's parameters laid end to end in a few long ones: an elementwise rule over a group costs a
 * few kernel calls where one over each of its tensors would cost hundreds.
 */
export class Arena {
  readonly groups: Group[] = [];

  constructor(parameters: Parameters) {
    let members: Member[] = [];
    let length = 0;
    const most = groupSize();
    const close = (): void => {
      if (members.length > 0) this.groups.push({ members, length });
      members = [];
      length = 0;
    };
    for (const [name, { shape, size }] of parameters.entries()) {
      if (length + size > most) close();
      members.push({ name, shape: shape.slice(), size, offset: length });
      length += size;
    }
    close();
  }

  /** A group's tensors end to end. */
  join({ members }: Group, tensorOf: (name: string) => Tensor): Tensor1D {
    const parts = members.map(({ name, size }) => reshape<Rank.R1>(tensorOf(name), [size]));
    return parts.length === 1 ? parts[0]! : concat(parts);
  }

  /** The tensors of a group, cut out of one that was joined. */
  split({ members }: Group, joined: Tensor1D): [string, Tensor][] {
    if (members.length === 1) return members.map(({ name, shape }) => [name, reshape(joined, shape)]);
    return members.map(({ name, shape, size, offset }) => [
      name,
      reshape(slice(joined, offset, size), shape),
    ]);
  }
}
