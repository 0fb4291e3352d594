/** How Lethe is cited; CITATION.cff says the same, and a test holds the two together. */

export const CITATION = {
  title: 'Lethe: watch a language model forget, in the browser',
  author: 'The Lethe authors',
  version: '0.1.0',
};

/** @param year of the work that cites, or of the run that is reported */
export function plainCitation(year: number): string {
  const { author, title, version } = CITATION;
  return `${author}. ${title}. Version ${version}. Computer software, ${year}.`;
}

export function bibtex(year: number): string {
  const { author, title, version } = CITATION;
  const fields = {
    author: `{${author}}`,
    title: title.replace('Lethe', '{Lethe}'),
    version,
    year: String(year),
    note: 'Computer software, Apache-2.0',
  };
  const lines = Object.entries(fields).map(([key, value]) => `  ${key} = {${value}},`);
  return `@software{lethe,\n${lines.join('\n')}\n}\n`;
}
