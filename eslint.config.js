import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { houseConfig } from './tools/lint/house.js';

const root = import.meta.dirname;
const onlyAndSkip = ['only', 'skip', 'todo', 'skipIf', 'runIf', 'fails'].map((name) => ({
  selector: `MemberExpression[object.name=/^(describe|it|test|suite)$/][property.name='${name}']`,
  message: `no test is left out or expected to fail: ${name}`,
}));

export default defineConfig(
  {
    ignores: [
      'dist/',
      'out/',
      'bench/out/',
      'public/',
      'tests/fixtures/',
      '**/__pycache__/',
      '.cache/',
      '.svelte-check/',
      '**/*.as.ts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.worker },
      parserOptions: { projectService: true, tsconfigRootDir: root, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        {
          object: 'crypto',
          property: 'randomUUID',
          message: 'Pages on plain http have none; take randomId of store/hash.',
        },
      ],
      // TypeScript itself knows every name.
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // With noUncheckedIndexedAccess, `array[i]!` is how a loop says that i is inside.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: false },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // svelte-check is the type checker of components.
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    files: ['**/*.svelte'],
    ...tseslint.configs.disableTypeChecked,
  },
  {
    files: ['**/*.svelte'],
    rules: { 'max-lines': ['error', { max: 150, skipBlankLines: true }] },
  },
  {
    files: ['tools/**', 'tests/**', 'bench/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts', 'tests/**'],
    rules: {
      'no-restricted-syntax': ['error', ...onlyAndSkip],
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Plain JavaScript is checked by tsc through JSDoc; what third parties leave untyped stays untyped there.
    files: ['**/*.js', '**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  houseConfig(root),
  prettier,
  svelte.configs.prettier,
);
