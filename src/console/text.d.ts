/** Bundlers import these as text: `[[rules]]` in `wrangler.toml`, `loader` in `scripts/local/bundle.ts`. */
declare module '*.css' {
  const text: string
  export default text
}
/** The script and the font of pages, made by `scripts/local/client.ts`. */
declare module '*.client' {
  const text: string
  export default text
}
