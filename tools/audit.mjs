/**
 * node tools/audit.mjs [--json FILE]
 *
 * Known vulnerabilities of the locked dependencies, as the registry tells them (`npm audit`). A registry that has no
 * answer to that, a mirror say, or that cannot be reached, is said so and is no failure; a vulnerability is one.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { root } from './project.mjs';

/**
 * @param {string} text what `npm audit --json` printed
 * @returns {{ answered: boolean, told: string[] }} the vulnerable packages, where there was an answer
 */
export function readAudit(text) {
  /** @type {{ error?: unknown, vulnerabilities?: Record<string, { severity: string, range: string }> }} */
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { answered: false, told: [] };
  }
  if (report.error !== undefined || report.vulnerabilities === undefined)
    return { answered: false, told: [] };
  const told = Object.entries(report.vulnerabilities).map(
    ([name, { severity, range }]) => `${name} ${range}: ${severity}`,
  );
  return { answered: true, told };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const npm = process.env['npm_execpath'];
  const args = ['audit', '--json'];
  const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), timeout: 60_000 };
  const { stdout } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  const { answered, told } = readAudit(stdout);
  if (!answered)
    console.log('The registry does not answer what it knows of vulnerabilities; nothing is concluded.');
  else if (told.length === 0) console.log('No known vulnerability.');
  else told.forEach((line) => console.error(line));
  if (values.json !== undefined)
    writeFileSync(values.json, JSON.stringify({ passed: told.length === 0 ? 1 : 0, failed: told.length }));
  process.exitCode = told.length > 0 ? 1 : 0;
}
