/** Suppressions: who must not be written to, why, and since when. Programs check an address here before they send. */
import * as v from 'valibot'
import { BOUNCE_TYPES, EVENT_TYPES } from '../../event/mail-event.ts'
import {
  SUPPRESSION_REASONS,
  type Suppression,
  activeReasons,
  findSuppression,
  listSuppressions,
} from '../../store/suppressions.ts'
import { type SuppressionHistory, suppressionHistory } from '../../store/suppression-history.ts'
import { may } from '../access/actor.ts'
import { lift, suppress } from '../operator-actions.ts'
import { ADDRESS_FORM, AddressSchema, NoteSchema, readAddress } from '../address.ts'
import { badParameters } from './input.ts'
import { nextCursor, paging } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const SuppressionAnswer = v.object({
  recipient: v.string(),
  reasons: v.array(
    v.object({
      reason: v.picklist(SUPPRESSION_REASONS),
      since: v.pipe(
        v.string(),
        v.description('Time of the first evidence since the reason was last lifted.'),
      ),
      source: v.nullable(v.string()),
      evidence: v.pipe(
        v.nullable(v.string()),
        v.description('The ESP’s own words; null for what an operator added.'),
      ),
      event_id: v.pipe(
        v.nullable(v.string()),
        v.description('The event that is the first evidence, if one is. Null to viewers.'),
      ),
      note: v.pipe(v.nullable(v.string()), v.description('The operator’s note.')),
    }),
  ),
})

const HistoryAnswer = v.pipe(
  v.nullable(
    v.object({
      evidence: v.pipe(
        v.array(
          v.object({
            event_id: v.string(),
            type: v.picklist(EVENT_TYPES),
            bounce_type: v.nullable(v.picklist(BOUNCE_TYPES)),
            source: v.string(),
            at: v.string(),
            evidence: v.string(),
          }),
        ),
        v.description(
          'Hard and soft bounces, complaints and unsubscribes of all sources, newest first: the latest 50 of each type.',
        ),
      ),
      liftings: v.pipe(
        v.array(v.object({ at: v.string(), by: v.nullable(v.string()), source: v.nullable(v.string()) })),
        v.description(
          'Earlier evidence does not count. by: the operator. source: the source whose email.subscribed lifted its own unsubscribes.',
        ),
      ),
    }),
  ),
  v.description('Null to viewers.'),
)

const CheckAnswer = v.variant('suppressed', [
  v.object({ suppressed: v.literal(false), history: HistoryAnswer }),
  v.object({ suppressed: v.literal(true), ...SuppressionAnswer.entries, history: HistoryAnswer }),
])

const CHECK_MAX = 1_000
const CHECK_MAX_BYTES = 512 * 1024

const NewSuppression = v.strictObject({ address: AddressSchema, note: NoteSchema })

const AddressInPath = {
  address: 'The address, percent-encoded: bare or as Name <name@domain>, in upper or lower case.',
}

const NOT_AN_ADDRESS = badParameters([{ path: 'address', problem: ADDRESS_FORM }])

const NOT_SUPPRESSED = problem('address_not_suppressed', 'This address is not suppressed.')

export const suppressions: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/suppressions',
    id: 'listSuppressions',
    summary: 'Suppressed addresses, the newest evidence first.',
    role: 'operator',
    query: v.strictObject(paging),
    answer: v.object({ suppressions: v.array(SuppressionAnswer), next_cursor: nextCursor }),
    async handler({ query }, { store }) {
      const { suppressions, next_cursor } = await listSuppressions(store, query)
      return answer({ suppressions: suppressions.map(suppressionAnswer), next_cursor })
    },
  }),
  route({
    method: 'POST',
    path: '/api/suppressions',
    id: 'addSuppression',
    summary: 'Suppresses an address by hand.',
    role: 'operator',
    again: 'The same. An address that was lifted in between is suppressed again.',
    body: NewSuppression,
    answer: SuppressionAnswer,
    statuses: [201],
    async handler({ body }, context) {
      await suppress(context, body.address, body.note ?? '')
      const added = await findSuppression(context.store, body.address)
      if (added === undefined) throw new TypeError('a suppression was added and is not there')
      return answer(suppressionAnswer(added), 201)
    },
  }),
  route({
    method: 'POST',
    path: '/api/suppressions/check',
    id: 'checkSuppressions',
    summary: `Which of up to ${CHECK_MAX} addresses are suppressed, in the order in which they were sent.`,
    role: 'viewer',
    again: 'The same: nothing is changed.',
    body: v.strictObject({
      addresses: v.pipe(v.array(AddressSchema), v.minLength(1), v.maxLength(CHECK_MAX)),
    }),
    bodyMaxBytes: CHECK_MAX_BYTES,
    answer: v.object({
      results: v.array(
        v.object({
          address: v.pipe(v.string(), v.description('Without a name and brackets.')),
          suppressed: v.boolean(),
          reasons: v.array(v.picklist(SUPPRESSION_REASONS)),
        }),
      ),
    }),
    async handler({ body }, { store }) {
      const found = await activeReasons(store, body.addresses)
      return answer({
        results: body.addresses.map((address, i) => ({
          address,
          suppressed: (found[i] ?? []).length > 0,
          reasons: [...(found[i] ?? [])],
        })),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/suppressions/{address}',
    id: 'getSuppression',
    summary:
      'Whether an address is suppressed, and why. Viewers do not see what an ESP or an operator wrote.',
    role: 'viewer',
    params: AddressInPath,
    answer: CheckAnswer,
    problems: ['parameter_invalid'],
    async handler({ params }, { store, actor, nowMs }) {
      const address = readAddress(param(params, 'address'))
      if (address === undefined) return NOT_AN_ADDRESS
      const found = await findSuppression(store, address)
      // Whether an address has events is personal.
      const history = may(actor, 'operator')
        ? historyAnswer(await suppressionHistory(store, address, nowMs))
        : null
      return found === undefined
        ? answer({ suppressed: false as const, history })
        : answer({ suppressed: true as const, ...suppressionAnswer(found), history })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/suppressions/{address}',
    id: 'removeSuppression',
    summary: 'Lifts every reason. Earlier evidence counts no more; later evidence counts again.',
    role: 'operator',
    params: AddressInPath,
    answer: v.object({ removed: v.literal(true) }),
    problems: ['parameter_invalid', 'address_not_suppressed'],
    async handler({ params }, context) {
      const given = param(params, 'address')
      const address = readAddress(given)
      // An ESP may have reported what is no address by our rules: it can be lifted all the same.
      if (await lift(context, address ?? given)) return answer({ removed: true as const })
      return address === undefined ? NOT_AN_ADDRESS : NOT_SUPPRESSED
    },
  }),
]

const historyAnswer = ({ evidence, liftings }: SuppressionHistory) => ({
  evidence: evidence.map(
    ({ id, type, bounce_type, source, occurred_at, received_at, reason, native_type }) => ({
      event_id: id,
      type,
      bounce_type,
      source,
      at: occurred_at ?? received_at,
      evidence: reason ?? native_type,
    }),
  ),
  liftings: liftings.map(({ at, by, source }) => ({ at, by, source })),
})

const suppressionAnswer = ({ recipient, reasons }: Suppression) => ({
  recipient,
  reasons: reasons.map(({ reason, since, source, evidence, event_id, note }) => ({
    reason,
    since,
    source,
    evidence,
    event_id,
    note,
  })),
})
