/** How alarms compare with labels: an alarm of a warning or more belongs to a label from its begin to an hour after its end. */
import type { Label } from './example.ts'
import type { Raised } from './play.ts'

const GRACE_MINUTES = 60

export interface KindScore {
  readonly kind: string
  readonly labels: number
  readonly found: number
  /** Found, with an alarm of the same kind. */
  readonly right: number
  /** Median minutes from the begin of a label to its first alarm; null if none was found. */
  readonly delayMinutes: number | null
}

export interface Score {
  readonly kinds: readonly KindScore[]
  readonly falseAlarms: readonly Raised[]
}

export function scoreOf(labels: readonly Label[], raised: readonly Raised[]): Score {
  const alarms = raised.filter(({ severity }) => severity !== 'info')
  const belongs = (alarm: Raised, label: Label): boolean =>
    alarm.source === label.source &&
    alarm.raised_at >= label.from &&
    alarm.raised_at < label.until + GRACE_MINUTES
  const kinds = [...Map.groupBy(labels, ({ kind }) => kind)].map(([kind, ofKind]): KindScore => {
    const hits = ofKind.map((label) => alarms.filter((alarm) => belongs(alarm, label)))
    const delays = ofKind.flatMap((label, i) => {
      const [first] = hits[i] ?? []
      return first === undefined ? [] : [first.raised_at - label.from]
    })
    return {
      kind,
      labels: ofKind.length,
      found: delays.length,
      right: hits.filter((own) => own.some((alarm) => alarm.kind === kind)).length,
      delayMinutes: delays.toSorted((a, b) => a - b)[delays.length >> 1] ?? null,
    }
  })
  return { kinds, falseAlarms: alarms.filter((alarm) => !labels.some((label) => belongs(alarm, label))) }
}
