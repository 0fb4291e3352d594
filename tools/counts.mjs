/** What the steps of `npm test` counted, and what failed in them: every failure is counted and named. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';

/** @typedef {{ passed: number, failed: number, failures?: string[] }} Count `failures`: what failed and why, a line each */

/**
 * What of vitest's JSON report is read.
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {VitestFile[]} testResults
 *
 * @typedef {object} VitestFile
 * @property {string} name path of the file
 * @property {string} status
 * @property {string} message why it could not be loaded
 * @property {{ status: string, fullName: string, failureMessages?: string[] }[]} assertionResults
 */

/** @param {string | undefined} message */
const firstLine = (message) => (message ?? '').split('\n', 1)[0] ?? '';

/**
 * A test that was left out is no success. A file may fail with no test of it that did: one that could not be loaded
 * holds none, and what comes after its tests may throw.
 * @param {VitestFile} file
 * @returns {string[]}
 */
function failuresIn({ name, status, message, assertionResults }) {
  const place = path.relative(root, name);
  const failures = assertionResults
    .filter((test) => test.status !== 'passed')
    .map(
      (test) => `${place}: ${test.fullName}: ${firstLine(test.failureMessages?.[0]) || `was ${test.status}`}`,
    );
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
    failures.push(`${place}: ${firstLine(message) || 'failed outside its tests'}`);
  return failures;
}

/**
 * @param {VitestReport} report
 * @returns {Count}
 */
export function vitestCount({ numPassedTests, testResults }) {
  const failures = testResults.flatMap(failuresIn);
  return { passed: numPassedTests, failed: failures.length, failures };
}

/**
 * What a command counted that was to write it to a file. One that fails without counting a failure, or counts nothing,
 * failed.
 * @template Report
 * @param {string} file
 * @param {number} code that the command ended with
 * @param {(report: Report) => Count} read
 * @returns {Count}
 */
export function countIn(file, code, read) {
  /** @type {Count} */
  let count = { passed: 0, failed: 0 };
  try {
    if (existsSync(file)) count = read(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // Ended while it wrote.
    return { passed: 0, failed: 1, failures: [`its report cannot be read: ${String(error)}`] };
  }
  if (count.failed > 0 || (code === 0 && count.passed > 0)) return count;
  const why = code === 0 ? 'counted nothing' : `ended with ${code} and counted no failure`;
  return { ...count, failed: 1, failures: [why] };
}

/**
 * The lines of a step's failures; where it has none of its own (lint, say), they are in its output.
 * @param {string} name of the step
 * @param {Count} count
 * @returns {string[]}
 */
export function failureLines(name, { failed, failures = [] }) {
  if (failed === 0) return [];
  const lines = failures.length > 0 ? failures : ['see its output above'];
  return lines.map((line) => `${name}: ${line}`);
}
