/** The trainer runs whole programs: nothing that the page loads may pull in TensorFlow.js's operations. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../..');

/** Files of src/ that are part of the page, by path below it. */
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile() && /\.(ts|svelte)$/.test(file.name))
  .map((file) => relative(source, join(file.parentPath, file.name)).split(sep).join('/'))
  .filter((file) => !/\.test\.ts$|\.as\.ts$|(^|\/)test(ing|Support)/.test(file));

const ours = /^engine\/tfjs\/|^engine\/ops\/[^/]+\/(tfjs|stock|properties)\.ts$/;

/** What a file imports, in any of the ways there are. */
const imports = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier!,
  );

const forbidden = /^@tensorflow\/tfjs$|^@tensorflow\/tfjs-backend-wasm|^@tensorflow\/tfjs-backend-webgpu$/;
const bridge = /(^|\/)(tfjs|stock|properties)(\/[^/]+)?$/;

describe('the kernels for TensorFlow.js', () => {
  it('are there to be looked for', () => {
    expect(files.filter((file) => ours.test(file)).length).toBeGreaterThan(30);
    expect(imports('engine/tfjs/register.ts').some((specifier) => forbidden.test(specifier))).toBe(true);
    expect(imports('engine/tfjs/kernels.ts').every((s) => s === './kernel' || bridge.test(s))).toBe(true);
  });

  it('stay out of everything else', () => {
    const wrong = files
      .filter((file) => !ours.test(file))
      .flatMap((file) => imports(file).map((specifier) => ({ file, specifier })))
      .filter(({ specifier: s }) => forbidden.test(s) || (s.startsWith('.') && bridge.test(s)));
    expect(wrong).toEqual([]);
  });
});
