/** What `plugin.mjs` makes of the sources and the `*.po` files: a module for each language. */
declare module 'virtual:catalogues' {
  import type { CatalogModule } from 'wuchale/runtime';
  const catalogues: Record<string, () => Promise<CatalogModule>>;
  export default catalogues;
}

declare module 'virtual:messages' {
  const messages: Record<string, () => Promise<{ default: readonly (readonly [string, string])[] }>>;
  export default messages;
}
