/**
 * A plan in an address: its config, deflated, after `#/open/`, so that no server sees it. What the link leaves open may
 * be changed by whoever opens it; the rest stands.
 */
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import * as v from 'valibot';
import { parseRunConfig, type RunConfig } from '../../run/config';
import { DICTIONARY_A } from './dictionary';

/** What a link can leave open; what it does not name is fixed. */
export const PARTS = ['model', 'tasks', 'steps', 'method', 'rate', 'settings', 'seed'] as const;
export type Part = (typeof PARTS)[number];

export interface SharedPlan {
  config: RunConfig;
  free: readonly Part[];
  /** Every machine draws a seed of its own, so that a class sees what the seed does. */
  ownSeed: boolean;
}

/** A QR code of more is hard to read, and mail programs cut longer addresses. */
export const MOST_CHARACTERS = 4000;
/** Of a plan, unpacked: a link that unpacks to more is none of ours. */
const MOST_BYTES = 64_000;
/** Letter in front: how the rest is packed. */
const FORM = 'a';
const dictionary = strToU8(DICTIONARY_A);

const Payload = v.strictObject({
  v: v.literal(1),
  config: v.unknown(),
  free: v.optional(v.pipe(v.array(v.picklist(PARTS)), v.maxLength(PARTS.length)), []),
  own: v.optional(v.boolean(), false),
});

/** @throws Error when the plan is too long for an address, with what makes it so */
export function packPlan({ config, free, ownSeed }: SharedPlan): string {
  // A link outlives the machine: which device computes is for whoever opens it.
  const { fork: _fork, backend: _backend, ...plan } = config;
  const bytes = deflateSync(
    strToU8(
      JSON.stringify({ v: 1, config: plan, ...(free.length > 0 && { free }), ...(ownSeed && { own: true }) }),
    ),
    { level: 9, dictionary },
  );
  const text = FORM + toAddress(sealed(bytes));
  if (text.length > MOST_CHARACTERS)
    throw new Error(
      `The link would have ${text.length} characters, and ${MOST_CHARACTERS} are safe; take fewer tasks, or shorter templates.`,
    );
  return text;
}

/** @throws Error that says what is wrong with the link */
export function readPlan(link: string): SharedPlan {
  if (link.length > MOST_CHARACTERS) throw new Error('it is longer than any link of this page.');
  if (!link.startsWith(FORM))
    throw new Error('it is of another version of the page, or its beginning is missing.');
  let value: unknown;
  try {
    const out = new Uint8Array(MOST_BYTES);
    // With a buffer of its own fflate stops at its end, so that a small link cannot unpack to gigabytes.
    const bytes = inflateSync(unsealed(fromAddress(link.slice(1))), { out, dictionary });
    if (bytes.length >= MOST_BYTES) throw new RangeError('too long');
    value = JSON.parse(strFromU8(bytes));
  } catch {
    throw new Error('a part of it is missing or changed; copy it again, whole.');
  }
  const payload = v.safeParse(Payload, value);
  if (!payload.success)
    throw new Error(
      `it holds no plan: ${v.getDotPath(payload.issues[0]) ?? 'the whole'}: ${payload.issues[0].message}.`,
    );
  const { config, free, own } = payload.output;
  const parsed = parseRunConfig(config);
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new Error(
      `its plan is not right: ${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`,
    );
  }
  if (parsed.config.model.source === 'stored' || parsed.config.model.source === 'checkpoint')
    throw new Error(
      'its model lies in the browser of whoever made it; it must be shared as a model of the Hub.',
    );
  return { config: parsed.config, free, ownSeed: own };
}

/** Why a plan cannot go into a link; null where it can. */
export function unshareable(config: RunConfig): string | null {
  return config.model.source === 'bundled' || config.model.source === 'hub'
    ? null
    : 'The model lies in this browser alone. Choose the bundled model or one of the Hub.';
}

/** Tasks whose files have to be brought along: nothing of them is in a link. */
export function broughtTasks(config: RunConfig): RunConfig['tasks'] {
  return config.tasks.filter((task) => task.data.kind !== 'sample');
}

/** FNV-1a: a letter lost or changed on the way is seen, before a plan comes out of it that nobody shared. */
function digest(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function sealed(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes);
  new DataView(whole.buffer).setUint32(bytes.length, digest(bytes));
  return whole;
}

function unsealed(whole: Uint8Array): Uint8Array {
  if (whole.length < 5) throw new RangeError('too short');
  const bytes = whole.slice(0, -4);
  const seal = new DataView(whole.buffer, whole.byteOffset).getUint32(bytes.length);
  if (seal !== digest(bytes)) throw new RangeError('changed on the way');
  return bytes;
}

function toAddress(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromAddress(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
