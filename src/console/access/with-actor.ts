/** Limits a request's store and refusals to the sources that its actor may see. */
import { textOf } from '../../platform/bytes.ts'
import { NOTHING_FORGOTTEN } from '../../platform/forgotten.ts'
import { type Scope, scopedTo } from '../../store/store.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { ConsoleContext } from '../context.ts'
import type { ConsoleRefusals } from '../env.ts'
import type { BaseContext } from '../request-context.ts'
import { type Actor, may, sees } from './actor.ts'

const REASON_MAX_CHARACTERS = 500

export function withActor(c: ConsoleContext, actor: Actor): void {
  const baseContext = c.get('baseContext')
  c.set('context', {
    ...baseContext,
    actor,
    who: whoOf(c, actor),
    store: scopedTo(baseContext.store, scopeOf(actor)),
    refusalLog: refusalLogOf(baseContext, actor),
  })
}

/** For the audit log. */
export const whoOf = (c: ConsoleContext, { actor }: Pick<Actor, 'actor'>): Who => ({
  actor,
  from: c.req.header('cf-connecting-ip') ?? null,
  requestId: c.get('requestId'),
  reason: reasonIn(c.req.header('x-reason')),
})

/** Decodes the header: it comes with one character a byte (RFC 9110 section 5.5), and text in other scripts is UTF-8. */
function reasonIn(header: string | undefined): string | null {
  if (header === undefined) return null
  const bytes = Uint8Array.from(header, (character) => character.charCodeAt(0))
  const areBytes = !/[^\0-\xff]/.test(header)
  return ((areBytes ? textOf(bytes) : undefined) ?? header).slice(0, REASON_MAX_CHARACTERS)
}

/** Viewers see that something happened. Addresses and other personal data need the role operator. */
const scopeOf = (actor: Actor): Scope => ({ sources: actor.sources, personal: may(actor, 'operator') })

function refusalLogOf({ refusalLog }: BaseContext, actor: Actor): ConsoleRefusals {
  const { sources } = actor
  if (sources === null) return refusalLog
  return {
    // Paths about one source refuse another, see `allow.ts`.
    beginCapture: (source, window) => refusalLog.beginCapture(source, window),
    endCapture: (source) => refusalLog.endCapture(source),
    viewCapture: async (source, atMs) => (sees(actor, source) ? refusalLog.viewCapture(source, atMs) : null),
    readCaptured: async (source, requestId, atMs) =>
      sees(actor, source) ? refusalLog.readCaptured(source, requestId, atMs) : null,
    handshakeMs: async (source) => (sees(actor, source) ? refusalLog.handshakeMs(source) : null),
    firstCalls: async (source) => (sees(actor, source) ? refusalLog.firstCalls(source) : null),
    latest: (query) => refusalLog.latest({ ...query, sources }),
    byTime: (query) => refusalLog.byTime({ ...query, sources }),
    bySource: (query) => refusalLog.bySource({ ...query, sources }),
    path: () => refusalLog.path(),
    // Retention is of all sources.
    forget: async () => NOTHING_FORGOTTEN,
    async totals(...span) {
      return (await refusalLog.totals(...span)).filter(({ source }) => sees(actor, source))
    },
  }
}
