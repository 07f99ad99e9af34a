/** The consumer, whose dependencies fail at random and which dies at random, before its work, in it and after it. */
import { watched } from '../../../scripts/conformance/watched-batch.ts'
import consumer, { type ConsumerEnv } from '../../../src/consumer/index.ts'

/** Out of all calls. A message has thirteen tries: that all fail does not happen. */
const SHARE = 0.08

const failures = { before: 0, unwritten: 0, written: 0, after: 0 }

/** One sequence of chances, the same in every run; which call meets which is the schedule's doing. */
let state = 0x2545f491
function chance(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

/** The first of each kind always fails, so that every kind has happened. */
function mayFail(when: keyof typeof failures): void {
  if (failures[when] > 0 && chance() >= SHARE) return
  failures[when] += 1
  throw new Error(`made to fail: ${when}`)
}

/** A transaction that fails before it is committed, or is committed and then not confirmed. */
const flaky = (database: D1Database): D1Database => ({
  prepare: (sql) => database.prepare(sql),
  exec: (sql) => database.exec(sql),
  withSession: (constraint) => database.withSession(constraint),
  dump: () => Promise.reject(new Error('not used')),
  async batch<T>(statements: D1PreparedStatement[]) {
    mayFail('unwritten')
    const results = await database.batch<T>(statements)
    mayFail('written')
    return results
  },
})

export { Archive, Destination, EspAccount, Incidents, SourceWatcher } from '../../../src/consumer/index.ts'

export default {
  fetch: () => Response.json(failures),
  async queue(batch, env, ctx) {
    mayFail('before')
    // Nor between the tries of a message.
    const impatient = watched(batch, {
      onAck: () => undefined,
      onRetry: () => undefined,
      retryDelaySeconds: 0,
    })
    await consumer.queue(impatient, { ...env, STORE: flaky(env.STORE) }, ctx)
    mayFail('after')
  },
} satisfies ExportedHandler<ConsumerEnv>
