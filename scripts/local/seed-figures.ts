/** Figures of the past of a demo source, stored as if they had been counted: by hour, and by day and property. */
import { JUDGED_TYPES } from '../../src/event/automated/signs.ts'
import { FAILED_TYPES } from '../../src/event/mail-event.ts'
import { OTHER_PROVIDER, mailboxProviderOf } from '../../src/event/mailbox-providers.ts'
import {
  DIMENSIONS,
  type Dimension,
  NONE,
  REST,
  VALUE_MARK,
  judgedType,
} from '../../src/store/deliverability.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { DOMAINS } from '../../src/simulator/mail.ts'
import type { Usual } from '../../src/simulator/demo/past/rehearse.ts'
import type { PutFigures } from '../../src/simulator/demo/past/seed.ts'

type Minutes = readonly (Partial<MinuteSignals> | null)[]
type Counts = Record<string, number>
type DayCounts = Record<Dimension, Record<string, Counts>>

const [HOUR_MINUTES, DAY_MINUTES] = [60, 1440]

/** Events by hour since the epoch, and by type. */
export function hourCounts(firstMinute: number, minutes: Minutes): ReadonlyMap<number, Counts> {
  const hours = new Map<number, Counts>()
  for (const [i, minute] of minutes.entries())
    for (const [type, count] of Object.entries(minute?.events ?? {}))
      add(rowOf(hours, Math.floor((firstMinute + i) / HOUR_MINUTES), {}), type, count)
  return hours
}

/** Events by day since the epoch, property and type: the usual ones of as many deliveries as the day had. */
export function dayCounts(
  { rates }: Usual,
  firstMinute: number,
  minutes: Minutes,
): ReadonlyMap<number, DayCounts> {
  const accepted = new Map<number, number>()
  for (const [i, minute] of minutes.entries()) {
    const day = Math.floor((firstMinute + i) / DAY_MINUTES)
    accepted.set(day, (accepted.get(day) ?? 0) + (minute?.accepted ?? 0))
  }
  const days = new Map<number, DayCounts>()
  for (const [day, deliveries] of accepted) {
    const counts = rowOf(
      days,
      day,
      Object.fromEntries(DIMENSIONS.map((dimension): [Dimension, object] => [dimension, {}])) as DayCounts,
    )
    for (const { type, bounceType, cause, automated, campaigns, perDelivery } of rates) {
      const crossed = (names: readonly string[]) =>
        FAILED_TYPES.has(type) ? names.map((name) => (cause ?? '') + name) : [NONE]
      const [campaign, mailbox_provider] = [
        campaigns?.map((name) => VALUE_MARK + name) ?? [NONE],
        DOMAINS.map((domain) => providerKey(mailboxProviderOf(domain))),
      ]
      const keys: Readonly<Record<Dimension, readonly string[]>> = {
        campaign,
        mailbox_provider,
        bounce_type: [keyOf(bounceType)],
        cause: [keyOf(cause)],
        cause_campaign: crossed(campaign),
        cause_mailbox_provider: crossed(mailbox_provider),
      }
      const count = Math.round(deliveries * perDelivery)
      for (const dimension of Object.keys(keys) as Dimension[])
        for (const [i, key] of keys[dimension].entries()) {
          const part = partOf(count, i, keys[dimension].length)
          if (part > 0)
            for (const one of countedAs(type, automated)) add((counts[dimension][key] ??= {}), one, part)
        }
    }
  }
  return days
}

const countedAs = (type: string, automated: boolean | null): readonly string[] => {
  const judged = JUDGED_TYPES.find((one) => one === type)
  return judged === undefined || automated === null ? [type] : [type, judgedType(judged, automated)]
}

/** Stores the figures of a source. What is counted already stays. */
export const seedFigures =
  (store: D1Database): PutFigures =>
  async (source, usual, firstMinute, minutes) => {
    const put = (table: string, column: string, rows: ReadonlyMap<number, object>) =>
      store
        .prepare(
          `INSERT OR IGNORE INTO ${table} (source, ${column}, counts)
           SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)`,
        )
        .bind(source, JSON.stringify([...rows]))
    await store.batch([
      put('counters', 'hour', hourCounts(firstMinute, minutes)),
      put('deliverability', 'day', dayCounts(usual, firstMinute, minutes)),
    ])
  }

const keyOf = (value: string | null): string => (value === null ? NONE : VALUE_MARK + value)

const providerKey = (name: string): string => (name === OTHER_PROVIDER ? REST : VALUE_MARK + name)

/** The part of one of several, which together have the whole count. */
const partOf = (count: number, i: number, parts: number): number =>
  Math.floor(((i + 1) * count) / parts) - Math.floor((i * count) / parts)

function rowOf<Row>(rows: Map<number, Row>, key: number, empty: Row): Row {
  const row = rows.get(key) ?? empty
  rows.set(key, row)
  return row
}

function add(counts: Counts, type: string, count: number): void {
  counts[type] = (counts[type] ?? 0) + count
}
