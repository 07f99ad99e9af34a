/** The alerts of an incident at a channel that keeps state, and their names. */
import { halfSha256Hex } from '../../platform/sha256.ts'
import type { Notice } from '../notice.ts'

/** `postern-` and 32 digits: within the limits of all channels, whatever the key of the notice. @param alert of the incident, 0 for the first */
export const alertKey = async ({ dedupeKey }: Pick<Notice, 'dedupeKey'>, alert: number): Promise<string> =>
  `postern-${await halfSha256Hex(alert === 0 ? dedupeKey : `${dedupeKey} alert ${alert}`)}`

interface Alert {
  readonly notice: Notice
  readonly alert: number
  readonly isOver: boolean
}

/** The alerts of each notice, in the order in which they are sent: the earlier ones end once the new one is there. */
export const alertsOf = (notices: readonly Notice[]): Alert[] =>
  notices.flatMap((notice) => [
    { notice, alert: notice.alert, isOver: notice.state === 'resolved' },
    ...notice.earlierAlerts.map((alert) => ({ notice, alert, isOver: true })),
  ])
