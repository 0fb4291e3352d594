/** What the steps of `npm test` counted, and what failed in them: every failure is counted and named. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './project.mjs';

/** @typedef {{ passed: number, failed: number, failures?: string[] }} Count `failures`: what failed and why, a line each */

/**
 * What of a test file of vitest's is read.
 * @typedef {object} TestFile
 * @property {string} file its path
 * @property {{ name: string, state: string, message?: string }[]} tests `message`: why one failed
 * @property {string[]} errors what went wrong outside its tests: it could not be loaded, say
 */

/** @param {string | undefined} message */
const firstLine = (message) => (message ?? '').split('\n', 1)[0] ?? '';

/**
 * A test that was left out is no success, and a file may fail with no test of it that did.
 * @param {TestFile} file
 * @returns {string[]}
 */
function failuresIn({ file, tests, errors }) {
  const failures = tests
    .filter((test) => test.state !== 'passed')
    .map((test) => `${test.name}: ${firstLine(test.message) || `was ${test.state}`}`);
  return [...failures, ...errors.map(firstLine)].map((failure) => `${path.relative(root, file)}: ${failure}`);
}

/**
 * @param {readonly TestFile[]} files
 * @param {readonly string[]} [errors] what went wrong outside all of them
 * @returns {Count}
 */
export function testCount(files, errors = []) {
  const tests = files.flatMap((file) => file.tests);
  const failures = [...files.flatMap(failuresIn), ...errors.map(firstLine)];
  return {
    passed: tests.filter((test) => test.state === 'passed').length,
    failed: failures.length,
    failures,
  };
}

/**
 * What a command counted that was to write it to a file. One that fails without counting a failure, or counts nothing,
 * failed.
 * @param {string} file
 * @param {number} code that the command ended with
 * @returns {Count}
 */
export function countIn(file, code) {
  /** @type {Count} */
  let count = { passed: 0, failed: 0 };
  try {
    if (existsSync(file)) count = JSON.parse(readFileSync(file, 'utf8'));
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
