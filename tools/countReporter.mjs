/**
 * A reporter of vitest's that writes what was counted, and the first line of what failed, to the file that LETHE_COUNT
 * names. Of an error its own report as JSON has the stack alone, which in Firefox does not say what went wrong.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { testCount } from './counts.mjs';

/** @import { Reporter, TestModule } from 'vitest/node' */
/** @import { SerializedError } from 'vitest' */

/** @implements {Reporter} */
export default class CountReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly SerializedError[]} errors
   */
  onTestRunEnd(modules, errors) {
    const file = process.env['LETHE_COUNT'];
    if (file === undefined) throw new Error('LETHE_COUNT names no file to write the count to');
    const files = modules.map((module) => ({
      file: module.moduleId,
      tests: [...module.children.allTests()].map((test) => {
        const { state, errors: [error] = [] } = test.result();
        return { name: test.fullName, state, ...(error && { message: error.message }) };
      }),
      errors: module.errors().map((error) => error.message),
    }));
    const count = testCount(
      files,
      errors.map((error) => error.message),
    );
    writeFileSync(file, JSON.stringify(count));
  }
}
