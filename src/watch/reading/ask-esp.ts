/** Asks the ESP of a source that is silent: is its webhook off, or does it deliver and nothing comes? */
import type { WebhookReport } from '../../api/webhooks.ts'
import type { EspAccountApi } from '../../esp-accounts/api.ts'
import { inTime } from '../../platform/in-time.ts'
import { MINUTE_MS } from '../../platform/time.ts'
import type { SourceChange } from '../watchers/api.ts'

export interface EspAccounts {
  getByName(name: string): Pick<EspAccountApi, 'check'>
}

/** A minute must not wait long for an ESP. */
const ASK_MAX_MS = 5_000
const ASKED_MAX = 20
/** A silence is told each minute; the ESP is asked less often. */
const MAX_AGE_MS = 15 * MINUTE_MS

/** The changes of a minute, silences with what the ESP says. Without a key, or an answer in time, they stay as they are. */
export function withEspWord(
  accounts: EspAccounts,
  changes: readonly SourceChange[],
): Promise<readonly SourceChange[]> {
  let asked = 0
  return Promise.all(
    changes.map(async (one): Promise<SourceChange> => {
      const { source, change } = one
      if (change.change === 'ended' || change.finding.kind !== 'silence' || ++asked > ASKED_MAX) return one
      const ask = accounts.getByName(source).check(MAX_AGE_MS)
      const report = await inTime(ask, ASK_MAX_MS).catch(() => null)
      if (report === null) return one
      const evidence = `${change.finding.evidence}; ${wordOf(report)}`
      return { ...one, change: { ...change, finding: { ...change.finding, evidence } } }
    }),
  )
}

export function wordOf({ differences, problem, webhook }: WebhookReport): string {
  const wrong = [...differences, ...(problem === null ? [] : [problem])].map(({ says }) => says)
  if (wrong.length > 0) return wrong.join('; ')
  const { delivered = null, failed = null } = webhook ?? {}
  const counted =
    delivered === null ? '' : `, and counts ${delivered} deliveries and ${failed ?? 0} that failed`
  return `the ESP says that its webhook is on${counted}`
}
