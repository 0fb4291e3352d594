import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { pictured } from '../testing/pictured';
import { bibtex, CITATION, plainCitation } from './citation';
import { machineFacts, measureFacts, settingFacts, standsAlone } from './facts';

const read = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

test('the citation says what CITATION.cff and the package say', () => {
  const file = read('CITATION.cff');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(CITATION.version).toBe(version);
  expect(file).toContain(`\nversion: ${version}\n`);
  expect(file).toContain(`\ntitle: '${CITATION.title}'\n`);
  expect(file).toContain(`\n  - name: ${CITATION.author}\n`);
  expect(plainCitation(2026)).toContain(`${CITATION.author}. ${CITATION.title}. Version ${version}.`);
  const entry = bibtex(2026);
  expect(entry).toMatch(/^@software\{lethe,\n/);
  expect(entry).toContain('  author = {{The Lethe authors}},');
  expect(entry.split('{').length).toBe(entry.split('}').length);
});

test('a report states settings, seed, machine and intervals', () => {
  const run = pictured();
  // As the fixture's scores have it: rows for reviews and tickets.
  const measures = measureFacts(run);
  expect(measures.map(({ label }) => label)).toEqual([
    'Average accuracy',
    'Backward transfer',
    'Forgetting',
    'Dialogue, watched',
  ]);
  // Five of eight rows of Reviews were lost, two of them for sure beyond chance.
  const [low, high] = measures[2]!.range!.split(' to ').map(Number);
  expect(low).toBeGreaterThan(0);
  expect(low).toBeLessThan(62.5);
  expect(high).toBeGreaterThan(62.5);
  expect(measures[3]).toEqual({ label: 'Dialogue, watched', value: '−17.0' });
  const tasks = run.config.tasks.map((t) => (t.id === 'dialogue' ? { ...t, metric: 'loss' as const } : t));
  const metrics = { ...run.metrics, watched: [{ task: 'dialogue', change: 0.0412 }] };
  const inNats = { ...run, matrix: [...run.matrix], config: { ...run.config, tasks }, metrics };
  expect(measureFacts(inNats).at(-1)!.value).toBe('+0.041 nats');
  const settings = Object.fromEntries(settingFacts(run).map(({ label, value }) => [label, value]));
  expect(settings).toMatchObject({
    Model: 'pocket, served with the page; 2,459,904 parameters',
    Stages: 'Reviews (200 steps), Tickets (200 steps)',
    Watched: 'Dialogue',
    Seed: '7',
  });
  expect(settings['Optimiser']).toContain('learning rate 0.0005');
  const machine = machineFacts(run);
  expect(machine[0]!.value).toBe('WASM: WASM with SIMD, 2 threads');
  expect(machine.find(({ label }) => label === 'Time')!.value).toContain('of training');
});

test('a record without rows has no intervals, and what is kept in a browser does not stand alone', () => {
  expect(measureFacts(fixtureRun()).every(({ range }) => range === undefined)).toBe(true);
  expect(standsAlone(fixtureConfig())).toBe(true);
  expect(standsAlone(fixtureConfig({ model: { source: 'stored', id: 'model/x' } }))).toBe(false);
});
