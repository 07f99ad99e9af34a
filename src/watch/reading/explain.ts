/** Explains shares that have risen: reads the latest of the events that a finding counts, for their main cause. */
import type { EventType } from '../../event/mail-event.ts'
import { domainOf } from '../../event/mailbox-providers.ts'
import { inTime } from '../../platform/in-time.ts'
import { MINUTE_MS, toInstant } from '../../platform/time.ts'
import { listEventRows } from '../../store/events.ts'
import { personalReader } from '../../store/personal.ts'
import type { Store } from '../../store/store.ts'
import { type MainCause, mainCauseOf } from '../main-cause.ts'
import { patternOf } from '../patterns/index.ts'
import type { SourceChange } from '../watchers/api.ts'

/** Findings of a minute that are explained, those that are new first. */
const EXPLAINED_MAX = 20
/** Events of one finding. */
const EVENTS_MAX = 200
const MAX_BYTES = 1_000_000
/** A minute must not wait long for an explanation. */
const READ_MAX_MS = 5_000
/** A finding may begin within a bin of minutes. */
const BEFORE_MINUTES = 5
/** A finding that lasts is explained anew so often. */
const AGAIN_MINUTES = 10

/** The changes of a minute, those of shares with their main cause. A finding that cannot be explained is told without. */
export async function explained(
  store: Store,
  minute: number,
  changes: readonly SourceChange[],
): Promise<readonly SourceChange[]> {
  const isDue = ({ change }: SourceChange): boolean =>
    change.change !== 'ended' && (change.change !== 'seen' || minute % AGAIN_MINUTES === 0)
  const due = changes
    .filter((one) => isDue(one) && typeOf(one) !== undefined)
    .toSorted((a, b) => Number(a.change.change === 'seen') - Number(b.change.change === 'seen'))
    .slice(0, EXPLAINED_MAX)
  const causes = new Map(
    await Promise.all(
      due.map(
        async (one) =>
          [one, await inTime(mainCause(store, minute, one), READ_MAX_MS).catch(() => null)] as const,
      ),
    ),
  )
  return changes.map((one): SourceChange => {
    const main = causes.get(one)
    if (main === undefined || main === null || one.change.change === 'ended') return one
    return { ...one, change: { ...one.change, finding: { ...one.change.finding, main } } }
  })
}

/** The type of the events that a share counts. Undefined of what is no share. */
function typeOf({ change }: SourceChange): EventType | undefined {
  const pattern = change.change === 'ended' ? undefined : patternOf(change.finding.kind)
  return pattern?.mayBeList === true && pattern.events !== 'all' ? pattern.events : undefined
}

async function mainCause(
  store: Store,
  minute: number,
  { source, change }: SourceChange,
): Promise<MainCause | null> {
  const type = typeOf({ source, change })
  if (type === undefined || change.change === 'ended') return null
  const untilMs = (minute + 1) * MINUTE_MS
  const query = {
    source,
    types: [type],
    since: toInstant((change.finding.fromMinute - BEFORE_MINUTES) * MINUTE_MS),
    until: toInstant(untilMs),
    limit: EVENTS_MAX,
  }
  const personal = personalReader(store)
  const rows = await listEventRows(store, query, untilMs, MAX_BYTES)
  return mainCauseOf(
    await Promise.all(
      rows.map(async (row) => ({
        cause: row.cause,
        detail: row.cause_detail,
        campaign: row.campaign_id,
        domain: domainOf((await personal(row)).recipient ?? '') || null,
        person: row.recipient,
      })),
    ),
  )
}
