/** The queues of an installation, and how much waits in them. */

/** By binding. An environment adds its name to each: `postern-events-staging`. None begins with another and a hyphen. */
export const QUEUES = {
  EVENTS: 'postern-events',
  DEAD: 'postern-dead',
  EMAIL_SERVICE: 'postern-email-service',
  EMAIL_DEAD: 'postern-email-dead',
} as const

export type QueueBinding = keyof typeof QUEUES
export type QueueName = (typeof QUEUES)[QueueBinding]

export const QUEUE_NAMES: readonly QueueName[] = Object.values(QUEUES)

/** Queues that hold messages which the store refused for a day. The messages are lost when the queue's retention ends. */
export const DEAD_LETTER_QUEUES: ReadonlySet<QueueName> = new Set([QUEUES.DEAD, QUEUES.EMAIL_DEAD])

/** Queues that hold accepted deliveries of the gateway. Cloudflare writes to the others, and its events come from no network. */
export const GATEWAY_QUEUES: readonly QueueBinding[] = ['EVENTS', 'DEAD']

/** The bindings that tell backlogs. */
export type MeasuredQueues = Readonly<Record<QueueBinding, Pick<Queue, 'metrics'>>>

/** Messages that wait in a queue. The platform may leave out those that wait for their next attempt. */
export interface Backlog {
  readonly queue: QueueName
  readonly messages: number
  /** Null if none waits, or the platform does not tell. */
  readonly oldestMs: number | null
}

/** @throws what the queue throws */
export async function backlogOf(env: MeasuredQueues, binding: QueueBinding): Promise<Backlog> {
  const { backlogCount, oldestMessageTimestamp } = await env[binding].metrics()
  const oldestMs = oldestMessageTimestamp?.getTime() ?? 0
  return { queue: QUEUES[binding], messages: backlogCount, oldestMs: oldestMs > 0 ? oldestMs : null }
}

/** The name without that of an environment; undefined if the queue is none of ours. */
export const queueNamed = (name: string): QueueName | undefined =>
  QUEUE_NAMES.find((own) => name === own || name.startsWith(`${own}-`))

export const QUEUE_BINDINGS = Object.keys(QUEUES) as readonly QueueBinding[]
