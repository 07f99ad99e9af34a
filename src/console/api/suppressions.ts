/** Handlers of suppressions. */
import { suppressionRoutes } from '../../api/suppressions.ts'
import { activeReasons, findSuppression, listSuppressions } from '../../store/suppressions.ts'
import { exportSuppressions } from '../../store/suppression-rows.ts'
import { type SuppressionHistory, suppressionHistory } from '../../store/suppression-history.ts'
import { may } from '../access/actor.ts'
import { lift, noteImport, suppress, suppressAll } from '../operator-actions.ts'
import { liftReviewed, reviewPage } from '../suppression-review.ts'
import { chunkDigest, importedOf, isTicketFor, ticketFor } from '../suppression-import.ts'
import { ADDRESS_FORM, readAddress } from '../../api/address.ts'
import { badParameters } from './input.ts'
import { problem } from '../../api/problem.ts'
import { note } from '../note.ts'
import { answer, bindRoutes } from './route.ts'

const NOT_AN_ADDRESS = badParameters([{ path: 'address', problem: ADDRESS_FORM }])

const NOT_SUPPRESSED = problem(
  'address_not_suppressed',
  'This address is not suppressed, or not for this mail.',
)

export const suppressions = bindRoutes(suppressionRoutes, {
  async exportSuppressions({ query: { lifted, ...query } }, { store }) {
    return answer(await exportSuppressions(store, { ...query, withLifted: lifted === 'true' }))
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
    const { added, lifted, keptLifted } = await suppressAll(context, entries)
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

  async listSuppressions({ query }, { store }) {
    return answer(await listSuppressions(store, query))
  },

  async addSuppression({ body }, context) {
    await suppress(context, body.address, body.note ?? '', body.scope)
    const added = await findSuppression(context.store, body.address, body.scope)
    if (added === undefined) throw new TypeError('a suppression was added and is not there')
    return answer(added, 201)
  },

  async checkSuppressions({ body: { addresses, scope } }, { store }) {
    const found = await activeReasons(store, addresses, scope)
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
    const found = await findSuppression(store, address, scope)
    // Whether an address has events is personal.
    const history = may(actor, 'operator')
      ? historyAnswer(await suppressionHistory(store, address, nowMs))
      : null
    return found === undefined || found.reasons.length === 0
      ? answer({ suppressed: false as const, scopes: found?.scopes ?? [], history })
      : answer({ suppressed: true as const, ...found, history })
  },

  async removeSuppression({ params, query: { scope } }, context) {
    const given = params.address
    const address = readAddress(given)
    // An ESP may have reported what is no address by our rules: it can be lifted all the same.
    if ((await lift(context, address ?? given, scope)).length > 0) return answer({ removed: true as const })
    return address === undefined ? NOT_AN_ADDRESS : NOT_SUPPRESSED
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
