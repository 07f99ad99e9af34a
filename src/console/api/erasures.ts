/** Handlers of erasures of people. */
import type { peopleRoutes } from '../../api/people.ts'
import { problem } from '../../api/problem.ts'
import { certificateKey } from '../people/certificate.ts'
import { erasePerson, erasureAnswer, holdOn, planErasure } from '../people/erase.ts'
import { soughtPerson } from '../people/person.ts'
import { numberBefore, numberCursor } from './number-cursor.ts'
import { type Handler, answer } from './route.ts'

type ErasureRoutes = Pick<
  typeof peopleRoutes,
  'erasePerson' | 'listErasures' | 'getErasure' | 'getCertificateKey'
>

export const erasureHandlers: { readonly [Key in keyof ErasureRoutes]: Handler<ErasureRoutes[Key]> } = {
  async erasePerson({ body: { address, keep_suppression: keeps, plan } }, context) {
    const sought = await soughtPerson(context, address)
    if (plan) {
      if ((await holdOn(context, sought)).isHeld) return HELD
      return answer(await planErasure(context, sought, keeps))
    }
    const erasure = await erasePerson(context, sought, keeps)
    if (erasure === 'held') return HELD
    const json = await erasureAnswer(context, erasure)
    return json.state === 'running' ? answer(json, 202, { 'retry-after': '5' }) : answer(json)
  },

  async listErasures({ query: { cursor, limit } }, context) {
    const records = await context.registry.erasures.before(numberBefore(cursor), limit)
    const last = records.at(-1)
    return answer({
      erasures: await Promise.all(records.map((one) => erasureAnswer(context, one))),
      next_cursor: last === undefined || records.length < limit ? null : numberCursor(last.number),
    })
  },

  async getErasure({ params: { number } }, context) {
    const isNumber = /^[1-9][0-9]{0,11}$/.test(number)
    const record = isNumber ? await context.registry.erasures.find(Number(number)) : null
    return record === null ? UNKNOWN : answer(await erasureAnswer(context, record))
  },

  getCertificateKey: async (_input, { store }) => answer(await certificateKey(store.people)),
}

const UNKNOWN = problem('erasure_unknown', 'There is no erasure of this number.')

const HELD = problem(
  'person_held',
  'A hold of retention keeps what is known of the person, or a source that has something of them. Nothing was changed. An admin can end it: PUT /api/retention without it.',
)
