/** What `plugin.mjs` makes of the sources and the `*.po` files: a module for each language. */
declare module 'virtual:catalogues' {
  import type { CatalogModule } from 'wuchale/runtime';
  const catalogues: Record<string, () => Promise<CatalogModule>>;
  export default catalogues;
}
