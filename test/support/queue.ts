/** Queue messages and batches that record how they were settled. */
import { type Contents, type Envelope, sealContents } from '../../src/event/envelope.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import type { Bytes } from '../../src/platform/bytes.ts'
import { sealer } from '../../src/platform/seal.ts'
import { audienceIds } from '../../src/store/event-ids.ts'
import { people } from '../../src/store/people.ts'
import { MASTERS } from './store.ts'

export const queueSealer = sealer(MASTERS, 'queue')

export const idsFor = audienceIds(people(MASTERS))

/** The event as the gateway sends it: it has the id of the test once it is stored. */
export const asSent = async (event: MailEvent): Promise<MailEvent> => ({
  ...event,
  id: await idsFor('store').back(event.id),
})

/** Contents whose events have the ids of the test once they are stored. */
export async function sealed(contents: Contents, key: string): Promise<Bytes> {
  const events = await Promise.all(contents.events.map(asSent))
  return sealContents({ ...contents, events }, queueSealer, key)
}

export async function inlineEnvelope(contents: Contents, key = 'req_1/0'): Promise<Envelope> {
  const { source } = contents.delivery
  return { version: 1, source, key, kind: 'inline', sealed: await sealed(contents, key) }
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
