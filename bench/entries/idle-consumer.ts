/** A consumer that acknowledges every message and does nothing else. */
export { Destination } from '../../src/destinations/index.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
  async queue() {},
} satisfies ExportedHandler
