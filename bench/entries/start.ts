/** Times how long the runtime takes to compile and run another module, as a new isolate of that Worker does first. */
export default {
  /** → the milliseconds as JSON. Only the first call counts: a module runs once. */
  async fetch() {
    const startMs = performance.now()
    // The name is computed, so that the bundler leaves the import to the runtime.
    await import(['.', 'measured.js'].join('/'))
    return Response.json(performance.now() - startMs)
  },
} satisfies ExportedHandler
