/** For ESPs that can add a custom header to their deliveries instead of other credentials. */
import type { Sender } from '../../src/simulator/sender.ts'

/** The sender with deliveries that are verified by a custom header alone. */
export const withCustomHeader = (sender: Sender): Sender => ({
  ...sender,
  async open() {
    const account = await sender.open()
    const token = crypto.randomUUID()
    return {
      ...account,
      document: { provider: account.document['provider'], secrets: { headers: { 'X-Hook-Token': token } } },
      async deliver(simulatedEvents, nowSeconds) {
        const request = await account.deliver(simulatedEvents, nowSeconds)
        const headers = { 'content-type': 'application/json', 'x-hook-token': token }
        return { ...request, headers, proofHeaders: ['x-hook-token'] }
      },
    }
  },
})
