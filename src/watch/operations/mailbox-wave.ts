/** Very many addresses at one mailbox provider are suddenly unknown: likely its own failure, so their entries are provisional. */
import { toInstant } from '../../platform/time.ts'
import type { Wave } from '../../store/policy/waves.ts'
import { measured, percent, sentence } from '../patterns/pattern.ts'
import type { OperationPattern } from './operation-pattern.ts'

export const mailboxWave: OperationPattern<Wave> = {
  kind: 'mailbox_wave',
  quietHours: 2,
  advice: [
    'Look whether others report it, and at the status page of the mailbox provider. Its failure ends by itself.',
    'If you have just mailed an old list, it is the list: the addresses bounce again, and then are suppressed for good.',
    'postern policy explain ADDRESS says how long an entry of the wave lasts. A delivery releases it at once.',
  ],
  notDrilled: 'It needs two weeks of mail at one mailbox provider.',
  factsOf: ({ waves = [] }) => waves,
  find({ provider, hour, bounces, events, usual }) {
    return {
      subject: provider,
      severity: 'warning',
      fromMinute: hour * 60,
      ...measured('share', bounces / events, usual),
      evidence: sentence`${bounces} of about ${events} messages to ${provider} bounced as no mailbox in the hour from ${toInstant(hour * 3_600_000).slice(11, 16)} UTC, usually ${percent(usual)}; entries that this makes are provisional where the policy says so`,
    }
  },
}
