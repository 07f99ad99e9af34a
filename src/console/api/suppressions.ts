/**
 * Handlers of suppressions. The audit log holds no address. It names a person by the store's keyed hash, which only somebody with the
 * address and the master key can match.
 */
import { type ImportEntry, suppressionRoutes } from '../../api/suppressions.ts'
import { capital } from '../../platform/capital.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { type ImportedSuppression, importSuppressions } from '../../store/import-suppressions.ts'
import type { Store } from '../../store/store.ts'
import { storedReason } from '../../store/suppression-reasons.ts'
import {
  activeReasons,
  addSuppression,
  findSuppression,
  listSuppressions,
  removeSuppression,
} from '../../store/suppressions.ts'
import { exportSuppressions } from '../../store/suppression-rows.ts'
import { type SuppressionHistory, suppressionHistory } from '../../store/suppression-history.ts'
import { may } from '../access/actor.ts'
import { liftReviewed, reviewPage } from '../suppression-review.ts'
import { ADDRESS_FORM, readAddress } from '../../api/address.ts'
import { badParameters } from './input.ts'
import { problem } from '../../api/problem.ts'
import { suppressionHolders } from '../esp-accounts.ts'
import { note } from '../note.ts'
import { chunkDigest } from '../suppression-rows.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { answer, bindRoutes } from './route.ts'

const NOT_AN_ADDRESS = badParameters([{ path: 'address', problem: ADDRESS_FORM }])

const NOT_A_HOLDER = problem(
  'source_unknown',
  'There is no source of this name with a key of an API that has suppressions.',
)

const NOT_SUPPRESSED = problem(
  'address_not_suppressed',
  'This address is not suppressed, or not for this mail.',
)

export const suppressions = bindRoutes(suppressionRoutes, {
  async exportSuppressions({ query: { lifted, ...query } }, { store, nowMs }) {
    return answer(
      await exportSuppressions(store, { ...query, inForceAtMs: lifted === 'true' ? null : nowMs }),
    )
  },

  async importSuppressions({ body }, context) {
    const { store, actor, nowMs } = context
    const entries = body.entries.map(importedOf)
    if (body.ticket === undefined) await noteImport(context, entries)
    else if (!(await isTicketFor(store, actor.actor, await chunkDigest(body.entries), body.ticket, nowMs)))
      return problem(
        'import_ticket_invalid',
        'The ticket is for other entries or another caller, or older than an hour. Announce the import again.',
      )
    const { added, lifted, keptLifted } = await importSuppressions(store, entries, nowMs)
    const already = entries.length - added - lifted - keptLifted
    return answer({ added, lifted, kept_lifted: keptLifted, already })
  },

  async announceSuppressionsImport({ body: { chunks } }, context) {
    const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
    const { store, actor, nowMs } = context
    // Keyed: whoever reads the log could find a single address by trying.
    const digest = await store.people.nameOf('IMPORT', chunks.map(({ sha256 }) => sha256).join(' '))
    // The only line of an import of several calls, before the first of them.
    await note(context, 'suppressions.imported', 'suppressions', { count, chunks: chunks.length, digest })
    const tickets = chunks.map(({ sha256 }) => ticketFor(store, actor.actor, sha256, nowMs))
    return answer({ tickets: await Promise.all(tickets) })
  },

  async reviewSuppressions({ query: { wishes, ...query } }, context) {
    return answer(await reviewPage(context, { ...query, wishes: wishes === 'true' }))
  },

  async liftReviewedSuppressions({ body: { entries, wishes } }, context) {
    const seen = entries.map(({ as_of, ...one }) => ({ ...one, asOfMs: Date.parse(as_of) }))
    const lifted = await liftReviewed(context, seen, wishes)
    return answer({ lifted, kept: entries.length - lifted })
  },

  async listSuppressions({ query: { expired, ...query } }, { store, nowMs }) {
    return answer(await listSuppressions(store, { ...query, expired: expired === 'true' }, nowMs))
  },

  async addSuppression({ body }, context) {
    const { address, note: why = '', scope = null } = body
    await note(
      context,
      'suppression.added',
      await targetOf(context, address),
      scope === null ? null : { scope },
    )
    await addSuppression(context.store, address, why, context.nowMs, scope)
    const added = await findSuppression(context.store, address, context.nowMs, scope)
    if (added === undefined) throw new TypeError('a suppression was added and is not there')
    return answer(added, 201)
  },

  async checkSuppressions({ body: { addresses, scope } }, { store, nowMs }) {
    const found = await activeReasons(store, addresses, nowMs, scope)
    return answer({
      results: found.map(({ reasons, scopes }, i) => ({
        address: addresses[i] ?? '',
        suppressed: reasons.length > 0,
        reasons,
        scopes,
      })),
    })
  },

  async getSuppression({ params, query: { scope } }, { store, actor, nowMs }) {
    const address = readAddress(params.address)
    if (address === undefined) return NOT_AN_ADDRESS
    const found = await findSuppression(store, address, nowMs, scope)
    // Whether an address has events is personal.
    const history = may(actor, 'operator')
      ? historyAnswer(await suppressionHistory(store, address, nowMs))
      : null
    return found === undefined || found.reasons.length === 0
      ? answer({
          suppressed: false as const,
          scopes: found?.scopes ?? [],
          expired: found?.expired ?? [],
          history,
        })
      : answer({ suppressed: true as const, ...found, history })
  },

  async removeSuppression({ params, query: { scope = null, at } }, context) {
    const given = params.address
    const address = readAddress(given)
    const holders = await suppressionHolders(context)
    if (at !== undefined && !holders.includes(at)) return NOT_A_HOLDER
    // An ESP may have reported what is no address by our rules: it can be lifted all the same.
    const isLifted = await lift(context, address ?? given, scope)
    if (!isLifted && address === undefined) return NOT_AN_ADDRESS
    const there = at === undefined ? null : await liftThere(context, at, address ?? given, scope)
    return isLifted || there?.removed === true
      ? answer({ removed: true as const, there, may_be_held_at: holders.filter((name) => name !== at) })
      : NOT_SUPPRESSED
  },
})

const historyAnswer = ({ evidence, liftings }: SuppressionHistory) => ({
  evidence: evidence.map(
    ({ id, type, bounce_type, source, occurred_at, received_at, reason, native_type, scope }) => ({
      event_id: id,
      type,
      bounce_type,
      source,
      at: occurred_at ?? received_at,
      evidence: reason ?? native_type,
      scope: scope ?? null,
    }),
  ),
  liftings,
})

const targetOf = async ({ store }: RequestContext, address: string): Promise<string> =>
  `suppression/${await store.people.indexOf(address)}`

/** Lifts what holds for all mail, or for one scope. False if nothing does. */
async function lift(context: RequestContext, address: string, scope: string | null): Promise<boolean> {
  const { store, nowMs } = context
  const found = await findSuppression(store, address, nowMs, scope)
  const reasons = (found?.reasons ?? []).flatMap((one) => (one.scope === scope ? one.reason : []))
  if (reasons.length === 0) return false
  const before = { reasons, ...(scope === null ? {} : { scope }) }
  await note(context, 'suppression.lifted', await targetOf(context, address), null, before)
  return removeSuppression(store, address, nowMs, context.who.actor, scope)
}

/** Removes an address from the list of an ESP. What holds here is lifted before, so that no sync sends it again. */
async function liftThere(context: RequestContext, source: string, address: string, scope: string | null) {
  await note(context, 'suppression.lifted', await targetOf(context, address), { at: source })
  const object = context.espAccounts.getByName(source)
  const done = await answered(context, 'esp_account', () =>
    object.removeSuppressionThere({ address: context.store.people.normal(address), scope }),
  )
  const says = done === null ? NOT_REMOVABLE : done?.ok === false ? `${capital(done.says)}.` : ''
  return { removed: done?.ok === true, says: done === undefined ? NOT_REACHED : says }
}

const NOT_REMOVABLE = 'The API of this ESP removes nobody: do it there by hand.'
const NOT_REACHED = 'The object that asks the ESP does not answer.'

/**
 * Writes the line of one call in the audit log, with a keyed digest of the addresses: the same for the same addresses in any order.
 * The chunks of an announced import have a line already.
 */
async function noteImport(context: RequestContext, entries: readonly ImportedSuppression[]): Promise<void> {
  const { people } = context.store
  const indexes = await Promise.all(entries.map(({ address }) => people.indexOf(address)))
  const digest = await people.nameOf('IMPORTED PEOPLE', [...new Set(indexes)].sort().join(' '))
  await note(context, 'suppressions.imported', 'suppressions', { count: entries.length, digest })
}

export function importedOf(entry: ImportEntry): ImportedSuppression {
  const { address, reason = 'manual', note = '', since, as_of, lifted_at, expires_at } = entry
  const ms = (instant: string | undefined) => (instant === undefined ? null : (rfc3339Ms(instant) ?? null))
  return {
    address,
    reason: storedReason(reason, entry.scope ?? null),
    note,
    sinceMs: ms(since),
    asOfMs: ms(as_of),
    liftedAtMs: ms(lifted_at),
    expiresAtMs: ms(expires_at),
    source: entry.source ?? null,
    eventId: entry.event_id ?? null,
    nativeType: entry.native_type ?? null,
    evidence: entry.evidence ?? null,
  }
}

const TICKET_MS = 3_600_000

/**
 * A ticket lets one actor send one chunk within the hour without another line in the audit log. The line that was written before
 * holds the digest of all chunks.
 */
async function ticketFor({ people }: Store, actor: string, chunk: string, nowMs: number): Promise<string> {
  const untilMs = nowMs + TICKET_MS
  return `${untilMs}.${await people.nameOf('IMPORT TICKET', contentOf(actor, chunk, untilMs))}`
}

async function isTicketFor(
  { people }: Store,
  actor: string,
  chunk: string,
  ticket: string,
  nowMs: number,
): Promise<boolean> {
  const [until = '', mac = ''] = ticket.split('.')
  const untilMs = Number(until)
  return (
    untilMs >= nowMs &&
    (await sameSecret(mac, await people.nameOf('IMPORT TICKET', contentOf(actor, chunk, untilMs))))
  )
}

const contentOf = (actor: string, chunk: string, untilMs: number): string =>
  `import-ticket/${untilMs}/${chunk}/${actor}`
