/** Times how long the runtime takes to compile and run another module: what a new isolate of that Worker has to do first. */
export default {
  /** → the milliseconds as JSON. The first time only: a module is run once. */
  async fetch() {
    const startMs = performance.now()
    // The name is put together, so that the bundler leaves it to the runtime.
    await import(['.', 'measured.js'].join('/'))
    return Response.json(performance.now() - startMs)
  },
} satisfies ExportedHandler
