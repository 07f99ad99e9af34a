/** The consumer with a store that can be switched off, and without any wait between tries. */
import { watched } from '../../../scripts/conformance/watched-batch.ts'
import consumer, { type ConsumerEnv } from '../../../src/consumer/index.ts'

let isDown = false
/** Messages of the dead letter queue that were put back. */
let deadPutBack = 0

const FULL = new Error('D1_ERROR: Exceeded maximum DB size')

/** Database that answers reads and refuses writes. */
const store = (database: D1Database): D1Database => ({
  prepare: (sql) => database.prepare(sql),
  exec: (sql) => database.exec(sql),
  withSession: (constraint) => database.withSession(constraint),
  dump: () => Promise.reject(new Error('not used')),
  batch: <T>(statements: D1PreparedStatement[]) =>
    isDown ? Promise.reject(FULL) : database.batch<T>(statements),
})

export { Archive, Destination, EspAccount, Incidents, SourceWatcher } from '../../../src/consumer/index.ts'

export default {
  fetch(request: Request) {
    const { pathname } = new URL(request.url)
    if (pathname !== '/') isDown = pathname === '/down'
    return Response.json({ deadPutBack })
  },
  async queue(batch, env, ctx) {
    const isDead = batch.queue === 'postern-dead'
    const impatient = watched(batch, {
      onAck: () => undefined,
      onRetry: () => (deadPutBack += isDead ? 1 : 0),
      // A try of the first queue is at once; of the other not, or a hundred would be over before the store is back.
      retryDelaySeconds: isDead ? 1 : 0,
    })
    await consumer.queue(impatient, { ...env, STORE: store(env.STORE) }, ctx)
  },
} satisfies ExportedHandler<ConsumerEnv>
