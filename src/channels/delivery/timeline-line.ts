/** Line in the timeline of an incident about a try to send a notice. */
import type { SealedChannel } from '../../registry/channels/channel.ts'
import type { SentNotice } from '../attempts.ts'
import { adapterOf } from '../index.ts'
import type { Outcome } from '../judge.ts'
import type { Notice, NoticeState } from '../notice.ts'

interface Line {
  readonly kind: 'notified' | 'notice_failed'
  readonly text: string
}

const SENT: Readonly<Record<NoticeState, string>> = {
  firing: 'was told',
  worse: 'was told that it is worse',
  reminder: 'was reminded',
  resolved: 'was told that it is over',
}

/** Undefined for what would fill the timeline: repetitions to a channel that needs them, and retries between the first and the last. */
export function lineOf(
  { name, config: { kind } }: SealedChannel,
  { state }: Notice,
  outcome: Outcome,
  before: SentNotice | undefined,
  after: SentNotice,
): Line | undefined {
  const { label, repeatSeconds } = adapterOf(kind)
  const channel = `${name} (${label})`
  if (outcome.result === 'delivered') {
    const isRepetition = repeatSeconds !== undefined && state === 'reminder' && before?.told === 'open'
    return isRepetition ? undefined : { kind: 'notified', text: `${channel} ${SENT[state]}.` }
  }
  if (after.result === 'retrying' && after.tries > 1) return undefined
  const next = after.result === 'retrying' ? ' It is tried again.' : ' It is not tried again.'
  return { kind: 'notice_failed', text: `${channel} could not be told. ${outcome.error}${next}` }
}
