/** Made by the Vite plugin in build.mjs: a module's bytes as base64. */
declare module 'virtual:wasm-kernels/*' {
  const base64: string;
  export default base64;
}
