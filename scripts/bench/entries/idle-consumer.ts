/** A consumer that takes every message and does nothing with it. */
export default {
  fetch: () => new Response(null, { status: 404 }),
  async queue() {},
} satisfies ExportedHandler
