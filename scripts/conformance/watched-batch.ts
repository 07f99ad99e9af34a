/** Wraps a batch and reports each acknowledgment and each retry. */

export interface Watcher {
  readonly onAck: () => void
  readonly onRetry: () => void
  /** Overrides the delay before the next attempt, in seconds. */
  readonly retryDelaySeconds?: number
}

export const watched = <Body>(batch: MessageBatch<Body>, watcher: Watcher): MessageBatch<Body> => ({
  queue: batch.queue,
  metadata: batch.metadata,
  messages: batch.messages.map((message) => watchedMessage(message, watcher)),
  ackAll() {
    batch.ackAll()
    for (const _ of batch.messages) watcher.onAck()
  },
  retryAll(options) {
    batch.retryAll(delayed(options, watcher))
    for (const _ of batch.messages) watcher.onRetry()
  },
})

const watchedMessage = <Body>(message: Message<Body>, watcher: Watcher): Message<Body> => ({
  id: message.id,
  timestamp: message.timestamp,
  body: message.body,
  attempts: message.attempts,
  ack() {
    message.ack()
    watcher.onAck()
  },
  retry(options) {
    message.retry(delayed(options, watcher))
    watcher.onRetry()
  },
})

const delayed = (
  options: QueueRetryOptions | undefined,
  { retryDelaySeconds }: Watcher,
): QueueRetryOptions => ({
  ...options,
  ...(retryDelaySeconds === undefined ? {} : { delaySeconds: retryDelaySeconds }),
})
