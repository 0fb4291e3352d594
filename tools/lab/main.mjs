/**
 * npm run lab -- CONFIG.json …         one run: run.mjs
 * npm run lab -- study STUDY.json …    a study, cell by cell: study.mjs
 * npm run lab -- report STUDY.json …   its tables, from the cells that are there
 */
import process from 'node:process';

const [command, ...rest] = process.argv.slice(2);
if (command === 'study' || command === 'report') {
  const { main } = await import('./study.mjs');
  process.exitCode = await main(command, rest);
} else await import('./run.mjs');
