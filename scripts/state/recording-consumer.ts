/** The consumer of a recording: it shows its messages and stores none, so that their large delivery stays in the bucket. */
import { messageText } from './messages.ts'

export { Destination } from '../../src/destinations/index.ts'
export { EspAccount } from '../../src/esp-accounts/account.ts'
export { SourceWatcher } from '../../src/watch/watchers/source-watcher.ts'
export { Incidents } from '../../src/watch/incidents/index.ts'

/** A line each. */
const received: string[] = []

export default {
  fetch: () => new Response(received.map((line) => `${line}\n`).join('')),
  async queue({ queue, messages }) {
    for (const { body } of messages) received.push(messageText({ queue, body }))
  },
} satisfies ExportedHandler
