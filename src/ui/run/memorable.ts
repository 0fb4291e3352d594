/** Names that people can say to one another, for runs that would else be told apart by their dates. */
import type { RunResult } from '../../run/result';

// prettier-ignore
const ADJECTIVES = [
  'amber', 'ancient', 'bold', 'brave', 'bright', 'brisk', 'broad', 'bronze', 'calm', 'candid', 'clear',
  'clever', 'cloudy', 'cold', 'copper', 'cosy', 'crimson', 'curious', 'daring', 'deep', 'distant',
  'dusty', 'eager', 'early', 'faint', 'fair', 'fast', 'fearless', 'fine', 'first', 'fleet', 'fond',
  'forest', 'frosty', 'gentle', 'gilded', 'glad', 'golden', 'grand', 'green', 'happy', 'hidden', 'high',
  'honest', 'humble', 'icy', 'idle', 'indigo', 'ivory', 'jade', 'jolly', 'keen', 'kind', 'last', 'late',
  'light', 'lively', 'lone', 'long', 'loud', 'lucky', 'lunar', 'mellow', 'merry', 'mild', 'mint',
  'misty', 'modest', 'mossy', 'narrow', 'neat', 'nimble', 'noble', 'northern', 'odd', 'olive', 'open',
  'pale', 'patient', 'polite', 'proud', 'quick', 'quiet', 'rare', 'ready', 'rosy', 'royal', 'rusty',
  'sandy', 'scarlet', 'secret', 'serene', 'sharp', 'shy', 'silent', 'silver', 'slow', 'small', 'smooth',
  'snowy', 'soft', 'solar', 'southern', 'spare', 'steady', 'still', 'stony', 'strong', 'sunny', 'swift',
  'tender', 'thin', 'tidy', 'tiny', 'true', 'urban', 'vast', 'velvet', 'warm', 'wary', 'western',
  'white', 'wide', 'wild', 'windy', 'wise', 'witty', 'young',
];

// prettier-ignore
const NOUNS = [
  'acorn', 'alder', 'anchor', 'antler', 'apple', 'arbor', 'arrow', 'aspen', 'badger', 'bakery', 'barley',
  'basin', 'bay', 'beacon', 'beaver', 'bell', 'birch', 'bison', 'bridge', 'brook', 'cabin', 'candle',
  'canoe', 'canyon', 'castle', 'cedar', 'cliff', 'clover', 'comet', 'compass', 'coral', 'cove', 'crane',
  'creek', 'cricket', 'crow', 'dell', 'delta', 'desert', 'dove', 'dune', 'eagle', 'echo', 'elm', 'ember',
  'estuary', 'falcon', 'fern', 'ferry', 'field', 'finch', 'fjord', 'flint', 'forest', 'fountain', 'fox',
  'garden', 'geyser', 'glacier', 'glade', 'grove', 'gull', 'harbor', 'hare', 'harvest', 'hawk', 'hazel',
  'heath', 'heron', 'hill', 'hollow', 'horizon', 'island', 'ivy', 'jasmine', 'kestrel', 'kettle',
  'lagoon', 'lake', 'lantern', 'larch', 'lark', 'ledger', 'lemon', 'lichen', 'lighthouse', 'lily',
  'linden', 'lotus', 'lynx', 'maple', 'marble', 'marsh', 'meadow', 'mill', 'mist', 'moon', 'moor',
  'moth', 'mountain', 'nectar', 'nettle', 'newt', 'oak', 'oasis', 'ocean', 'orchard', 'orchid', 'otter',
  'owl', 'pebble', 'pelican', 'pepper', 'pine', 'plain', 'planet', 'plum', 'pond', 'poplar', 'prairie',
  'quail', 'quarry', 'quartz', 'quill', 'raven', 'reed', 'reef', 'ridge', 'river', 'robin', 'rowan',
  'saffron', 'sail', 'salmon', 'satellite', 'shell', 'sky', 'sparrow', 'spring', 'spruce', 'squirrel',
  'star', 'stream', 'summit', 'swallow', 'swan', 'tern', 'thicket', 'thistle', 'tide', 'trail', 'tulip',
  'valley', 'violet', 'walnut', 'water', 'willow', 'wind', 'wolf', 'wren', 'yarrow',
];

/** FNV-1a, 32 bits. @see Fowler, Noll & Vo */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h;
}

/** Adjective and noun, always the same for an id. */
export function memorableName(id: string): string {
  const adjective = ADJECTIVES[hash(id) % ADJECTIVES.length] ?? '';
  const noun = NOUNS[hash(`${id}/noun`) % NOUNS.length] ?? '';
  return `${adjective}-${noun}`;
}

/** What a run is called: the name that a person gave it, or the one made up for it. */
export function runName({ id, annotation }: Pick<RunResult, 'id' | 'annotation'>): string {
  return annotation?.name ?? memorableName(id);
}
