/** A channel delivers nothing. All other channels tell it. */
import { measured } from '../patterns/pattern.ts'
import type { ChannelFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** The first two retries come within a minute, and mostly succeed. */
const REPORTED_AFTER_FAILURES = 3

export const channelFailing: OperationPattern<ChannelFact> = {
  kind: 'channel_failing',
  quietHours: 1,
  advice: [
    'Send a test: postern channels test NAME. Its answer says what is wrong.',
    'If the channel is broken, correct and save it. Then it gets what is still open.',
  ],
  notDrilled: 'Make a channel whose endpoint refuses, and play any other drill.',
  factsOf: ({ channels = [] }) => channels,
  find({ name, label, failures, isBroken, sinceMinute, error }, minute) {
    if (!isBroken && failures < REPORTED_AFTER_FAILURES) return undefined
    const tries = `${failures} ${failures === 1 ? 'try' : 'tries'} in a row failed`
    const what = isBroken ? 'gets nothing more until you change it' : 'gets nothing'
    return {
      subject: name,
      severity: 'error',
      fromMinute: Math.min(sinceMinute, minute),
      ...measured('failed_tries', failures, 0),
      evidence: `channel ${name} (${label}) ${what}: ${tries}. ${error}`,
    }
  },
}
