/**
 * Characters that act on the text around them and are not seen: controls, and those that turn the direction of writing
 * (a file called `gpj.exe` shown as `exe.jpg`). A lone half of a pair is none that can be shown.
 */
const HIDDEN = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]|\p{Cs}/gu;

/** A name or a message with such characters spelled out: `⟨U+202E⟩gpj.exe`. Line breaks and tabs stay. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    if (character === '\n' || character === '\t' || character === '\r') return character;
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}
