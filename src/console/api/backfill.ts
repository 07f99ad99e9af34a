/** Handlers of backfills. */
import { backfillRoutes } from '../../api/backfill.ts'
import { problem } from '../../api/problem.ts'
import { driverOf } from '../../drivers/index.ts'
import { DAY_MS, toInstant } from '../../platform/time.ts'
import { sees } from '../access/actor.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'
import { keyMissing } from './webhooks.ts'

export const backfill = bindRoutes(backfillRoutes, {
  async beginBackfill({ params: { name }, body: { since, until, plan, forward } }, context) {
    const { registry, espAccounts, nowMs } = context
    const source = await registry.sources.find(name)
    if (source === null) return SOURCE_UNKNOWN
    if (driverOf(source.config.provider)?.past === undefined) return NO_PAST_EVENTS
    const span = {
      sinceMs: since === undefined ? nowMs - DAY_MS : Date.parse(since),
      untilMs: until === undefined ? nowMs : Date.parse(until),
    }
    if (span.sinceMs >= span.untilMs || span.sinceMs >= nowMs) return NO_SPAN
    const account = espAccounts.getByName(name)
    if (plan) {
      const planned = await account.planBackfill(span)
      if (planned === null) return keyMissing(source)
      if ('ok' in planned)
        return problem('esp_refused', `Nothing is known of the ESP's events: ${planned.says}.`)
      const warning = await warningOf(context, name)
      return answer({ plan: { ...planned, warning }, backfill: await account.backfill() })
    }
    await note(context, 'backfill.began', `source/${name}`, {
      since: toInstant(span.sinceMs),
      until: toInstant(span.untilMs),
      forward,
    })
    const began = await account.beginBackfill(span, forward)
    if (began === null) return keyMissing(source)
    return began === 'running' ? RUNNING : answer({ plan: null, backfill: began })
  },

  async getBackfill({ params: { name } }, { registry, espAccounts }) {
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    return answer({ backfill: await espAccounts.getByName(name).backfill() })
  },

  async stopBackfill({ params: { name } }, context) {
    if ((await context.registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    await note(context, 'backfill.stopped', `source/${name}`)
    return answer({ backfill: await context.espAccounts.getByName(name).stopBackfill() })
  },

  async resumeBackfill({ params: { name } }, context) {
    if ((await context.registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    await note(context, 'backfill.resumed', `source/${name}`)
    return answer({ backfill: await context.espAccounts.getByName(name).resumeBackfill() })
  },
})

/** Names those that the reader sees. */
async function warningOf(
  { registry, actor }: Pick<RequestContext, 'registry' | 'actor'>,
  name: string,
): Promise<string | null> {
  const others = await registry.sources.ofSameAccount(name)
  if (others.length === 0) return null
  const seen = others.filter((other) => sees(actor, other))
  const hidden = others.length - seen.length
  const named = [...seen, ...(hidden === 0 ? [] : [`${hidden} that you do not see`])].join(', ')
  return `Other sources have the same key (${named}). Unless the ESP keeps their events apart, those are taken as events of ${name}, too.`
}

const SOURCE_UNKNOWN = notChanged({ ok: false, code: 'source_unknown' })
const NO_PAST_EVENTS = problem(
  'no_past_events',
  'Postern knows no API of this ESP that gives past events. docs/esp-accounts.md says which ESPs have one.',
)
const SPAN = 'The time must begin in the past, and before its end.'
const NO_SPAN = problem('document_invalid', SPAN, { problems: [{ path: 'since', problem: SPAN }] })
const RUNNING = problem(
  'backfill_running',
  'A backfill of this source is running. Stop it, or wait for its end.',
)
