/** Bundlers import a style sheet as text: `[[rules]]` in `wrangler.toml`, `loader` in `scripts/local/bundle.ts`. */
declare module '*.css' {
  const text: string
  export default text
}
