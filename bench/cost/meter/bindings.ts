/** Counts the use of a Worker's other bindings: queue, bucket, database, log. */
import type { Envelope } from '../../../src/event/envelope.ts'
import type { Meter } from './counts.ts'
import { overriding } from './object.ts'

/** A queue bills an operation for each 64 KB of the message, to which it adds about a hundred bytes of its own. */
const QUEUE_UNIT_BYTES = 64_000
const MESSAGE_OVERHEAD_BYTES = 100

export function unitsOf({ version, source, key, ...rest }: Envelope): number {
  const inside = rest.kind === 'inline' ? rest.sealed.byteLength : rest.object.length
  const outside = JSON.stringify({ version, source, key, kind: rest.kind }).length
  return Math.ceil((inside + outside + MESSAGE_OVERHEAD_BYTES) / QUEUE_UNIT_BYTES)
}

export const meteredQueue = (queue: Queue<Envelope>, meter: Meter): Queue<Envelope> =>
  overriding(queue, {
    async send(message: Envelope, options?: QueueSendOptions) {
      meter.add('queue_operations', 'write', unitsOf(message))
      return queue.send(message, options)
    },
    async sendBatch(messages: Iterable<MessageSendRequest<Envelope>>, options?: QueueSendBatchOptions) {
      const all = [...messages]
      for (const { body } of all) meter.add('queue_operations', 'write', unitsOf(body))
      return queue.sendBatch(all, options)
    },
  })

export const meteredBucket = (bucket: R2Bucket, meter: Meter): R2Bucket =>
  overriding(bucket, {
    put: (...args: Parameters<R2Bucket['put']>) => {
      meter.add('r2_class_a', 'put')
      return bucket.put(...args)
    },
    get: (key: string) => {
      meter.add('r2_class_b', 'get')
      return bucket.get(key)
    },
    head: (key: string) => {
      meter.add('r2_class_b', 'head')
      return bucket.head(key)
    },
    // Deleting is free.
  })

/** Each result of D1 has the number of billed rows. */
export function meteredDatabase(database: D1Database, meter: Meter): D1Database {
  const count = ({ meta }: D1Result): void => {
    meter.add('d1_rows_read', 'store', meta.rows_read)
    meter.add('d1_rows_written', 'store', meta.rows_written)
  }
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const statement = (of: D1PreparedStatement): D1PreparedStatement => {
    const counted = overriding(of, {
      bind: (...values: unknown[]) => statement(of.bind(...values)),
      async all() {
        const result = await of.all()
        count(result)
        return result
      },
      async run() {
        const result = await of.run()
        count(result)
        return result
      },
      async first(column?: string) {
        const result = await of.all()
        count(result)
        const [row] = result.results
        return row === undefined ? null : column === undefined ? row : (row[column] ?? null)
      },
    })
    real.set(counted, of)
    return counted
  }
  return overriding(database, {
    prepare: (sql: string) => statement(database.prepare(sql)),
    async batch(statements: D1PreparedStatement[]) {
      const results = await database.batch(statements.map((one) => real.get(one) ?? one))
      for (const result of results) count(result)
      return results
    },
  })
}

/** Counts every log line that the Worker writes from now on. */
export function meterLog(meter: Meter, what: string): void {
  const log = console.log
  console.log = (...line: unknown[]) => {
    meter.add('log_bytes', what, line.map(String).join(' ').length)
    log(...line)
  }
}
