/** The Python program of a hand-off, as text: one copy in the repository, which the tests run and the zip holds. */
const found = import.meta.glob<string>('./python/**/*.{py,txt}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Path in the zip and content, in order. */
export const pythonSources: readonly (readonly [path: string, content: string])[] = Object.entries(found)
  .map(([path, content]) => [path.replace('./python/', ''), content] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1));
