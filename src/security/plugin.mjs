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
