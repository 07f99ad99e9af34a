/** The consumer, which can be told to throw away every batch with an error, as one does whose code or secrets are wrong. */
import consumer, { type ConsumerEnv } from '../../../src/consumer/index.ts'

let isDown = false

export { Archive, Destination, EspAccount, Incidents, SourceWatcher } from '../../../src/consumer/index.ts'

export default {
  fetch(request: Request) {
    isDown = new URL(request.url).pathname === '/down'
    return Response.json({})
  },
  async queue(batch, env, ctx) {
    if (isDown) throw new TypeError('this consumer is broken')
    await consumer.queue(batch, env, ctx)
  },
} satisfies ExportedHandler<ConsumerEnv>
