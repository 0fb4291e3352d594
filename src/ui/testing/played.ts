/** Made-up answers to prompts, for looking at the page without a model. Not part of the built page. */
import type { Answer, SpokenToken, TryoutQuestion } from '../../worker/protocol';

const WORDS = [
  [' nega', 'tive'],
  [' posi', 'tive'],
  [' bil', 'ling'],
];
let asked = 0;

export function playedAnswer(question: TryoutQuestion): Extract<Answer, { of: 'tryout' }> {
  const device = { backend: 'wasm' as const, description: '', software: false, threads: 1, userAgent: '' };
  const state = { device, parameters: 2_459_904, adapters: [] };
  if (question.ask !== 'answer') return { of: 'tryout', state: question.ask === 'close' ? null : state };
  const words = WORDS[asked++ % WORDS.length] ?? [];
  const tokens = [...words, '</s>'].map((text, i): SpokenToken => {
    const probability = [0.62, 0.999, 0.9][i] ?? 1;
    const rest = { text: ' other', probability: 1 - probability };
    return { text, probability, best: [{ text, probability }, rest], end: text === '</s>' };
  });
  return { of: 'tryout', state, answers: [words.join('').trim()], tokens: [tokens] };
}
