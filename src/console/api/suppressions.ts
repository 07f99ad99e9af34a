/** Suppressions: who must not be written to, why, and since when. Ask before sending. */
import * as v from 'valibot'
import {
  SUPPRESSION_REASONS,
  type Suppression,
  findSuppression,
  listSuppressions,
} from '../../store/suppressions.ts'
import { lift, suppress, suppressAll } from '../operator-actions.ts'
import { NOTE_MAX_CHARACTERS, looksLikeAddress } from '../address.ts'
import { nextCursor, paging } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'

const SuppressionAnswer = v.object({
  recipient: v.string(),
  reasons: v.array(
    v.object({
      reason: v.picklist(SUPPRESSION_REASONS),
      since: v.pipe(v.string(), v.description('Time of the first evidence since it was last lifted.')),
      source: v.nullable(v.string()),
      evidence: v.pipe(
        v.nullable(v.string()),
        v.description('What speaks for it; null for what an operator added.'),
      ),
      note: v.pipe(v.nullable(v.string()), v.description('The operator’s.')),
    }),
  ),
})

/** As many as a call should take seconds for, not minutes. */
const IMPORT_MAX = 200

const Wanted = v.strictObject({
  address: v.pipe(v.string(), v.trim(), v.check(looksLikeAddress, 'Must be an address: name@domain.')),
  note: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(NOTE_MAX_CHARACTERS, `Must have at most ${NOTE_MAX_CHARACTERS} characters.`),
    ),
    '',
  ),
})

const Address = { address: 'The address, percent-encoded, in any spelling of its letters.' }

const NOT_SUPPRESSED = problem('address_not_suppressed', 'Nothing speaks against sending to this address.')

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
    again: 'The same; who was lifted in between is suppressed again.',
    body: Wanted,
    answer: SuppressionAnswer,
    statuses: [201],
    async handler({ body }, context) {
      await suppress(context, body.address, body.note)
      const added = await findSuppression(context.store, body.address)
      if (added === undefined) throw new TypeError('a suppression was added and is not there')
      return answer(suppressionAnswer(added), 201)
    },
  }),
  route({
    method: 'POST',
    path: '/api/suppressions/import',
    id: 'importSuppressions',
    summary: `Suppresses up to ${IMPORT_MAX} addresses by hand; who is already, stays as they are.`,
    role: 'operator',
    again: 'The same; who was lifted in between is suppressed again.',
    body: v.strictObject({
      entries: v.pipe(v.array(Wanted), v.minLength(1), v.maxLength(IMPORT_MAX)),
    }),
    answer: v.object({
      added: v.number(),
      already: v.pipe(v.number(), v.description('Suppressed by hand before, or named twice.')),
    }),
    async handler({ body }, context) {
      const added = await suppressAll(context, body.entries)
      return answer({ added, already: body.entries.length - added })
    },
  }),
  route({
    method: 'GET',
    path: '/api/suppressions/{address}',
    id: 'getSuppression',
    summary:
      'Whether an address is suppressed: 404 when it is not, else the reasons. To viewers, without words of an ESP or operator.',
    role: 'viewer',
    params: Address,
    answer: SuppressionAnswer,
    problems: ['address_not_suppressed'],
    async handler({ params }, { store }) {
      const found = await findSuppression(store, param(params, 'address'))
      return found === undefined ? NOT_SUPPRESSED : answer(suppressionAnswer(found))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/suppressions/{address}',
    id: 'removeSuppression',
    summary: 'Lifts every reason. Evidence from before counts no more; what happens later counts again.',
    role: 'operator',
    params: Address,
    answer: v.object({ removed: v.literal(true) }),
    problems: ['address_not_suppressed'],
    async handler({ params }, context) {
      return (await lift(context, param(params, 'address')))
        ? answer({ removed: true as const })
        : NOT_SUPPRESSED
    },
  }),
]

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
