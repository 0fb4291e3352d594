/** Writes the policy into the built page, so that it holds on hosts that send no headers of ours. */
import { contentSecurityPolicy } from './policy.mjs';

/**
 * @param {readonly string[]} [hosts] see `contentSecurityPolicy`
 * @returns {import('vite').Plugin}
 */
export function securityPolicy(hosts = []) {
  return {
    name: 'lethe-security-policy',
    // The dev server injects styles and reloads scripts, which the policy forbids.
    apply: 'build',
    /** Svelte makes a policy of its own as soon as anything needs markup as text, and the page then stays blank. */
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk' && file.code.includes('svelte-trusted-html'))
          this.error(
            `${file.fileName}: some component makes Svelte parse markup, which the policy forbids. ` +
              'Text beside an expression in an <option> does so: write both as one expression.',
          );
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy(hosts) },
          // Before any script: a policy in a meta element holds for what comes after it.
          injectTo: 'head-prepend',
        },
      ],
    },
  };
}
