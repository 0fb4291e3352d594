import path from 'node:path';
import { expect, test } from 'vitest';
import { licencesText, packageFolder, readPackage } from '../../src/security/licences.mjs';
import { root } from '../../tools/project.mjs';

test('a module is of the innermost package on its path, and ours are of none', () => {
  expect(packageFolder('/a/node_modules/papaparse/x.js?worker')).toBe('/a/node_modules/papaparse');
  expect(packageFolder('\0/a/node_modules/@noble/hashes/sha2.js')).toBe('/a/node_modules/@noble/hashes');
  expect(packageFolder('/a/node_modules/b/node_modules/c/d.js')).toBe('/a/node_modules/b/node_modules/c');
  expect(packageFolder('/a/src/main.ts')).toBeNull();
});

test('a package is named with its version, licence and the words of it', () => {
  const found = readPackage(path.join(root, 'node_modules/papaparse'))!;
  expect(found).toMatchObject({ name: 'papaparse', licence: 'MIT' });
  const text = licencesText([found]);
  expect(text).toContain(`papaparse ${found.version}: MIT`);
  expect(text).toContain('Permission is hereby granted');
});
