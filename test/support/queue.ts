/** Queue messages and batches that record how they were settled. */
import { type Contents, type Envelope, sealContents } from '../../src/event/envelope.ts'
import { sealer } from '../../src/platform/seal.ts'
import { MASTERS } from './store.ts'

export const queueSealer = sealer(MASTERS, 'queue')

export async function inlineEnvelope(contents: Contents, key = 'req_1/0'): Promise<Envelope> {
  const { source } = contents.delivery
  return { version: 1, source, key, kind: 'inline', sealed: await sealContents(contents, queueSealer, key) }
}

export type Settlement = 'acked' | 'none' | { readonly delaySeconds: number | undefined }

export class TestMessage implements Message {
  readonly id: string
  readonly timestamp: Date
  readonly body: unknown
  readonly attempts: number
  settled: Settlement = 'none'

  constructor(
    body: unknown,
    {
      id = crypto.randomUUID(),
      attempts = 1,
      timestamp = new Date(0),
    }: { id?: string; attempts?: number; timestamp?: Date } = {},
  ) {
    this.id = id
    this.body = body
    this.attempts = attempts
    this.timestamp = timestamp
  }

  /** As on the platform, the first settlement counts. */
  ack(): void {
    if (this.settled === 'none') this.settled = 'acked'
  }

  retry(options?: QueueRetryOptions): void {
    if (this.settled === 'none') this.settled = { delaySeconds: options?.delaySeconds }
  }
}

export const batchOf = (messages: readonly Message[], queue = 'postern-events'): MessageBatch => ({
  messages,
  queue,
  metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
  ackAll: () => messages.forEach((message) => message.ack()),
  retryAll: (options) => messages.forEach((message) => message.retry(options)),
})
