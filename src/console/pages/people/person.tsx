/** Pages of one person. The path has the blind index of the address, so no address stands in a URL. */
import { fromHex, toHex } from '../../../platform/bytes.ts'
import { wrappedKeyOf } from '../../../store/keys.ts'
import type { Store } from '../../../store/store.ts'
import type { ConsoleContext } from '../../context.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { answerPage } from '../answer.tsx'
import { When } from '../components.tsx'
import { ERASURES } from '../erasures/resource.ts'
import type { Finder } from '../route.ts'

export const personPath = (index: string): string => `/people/${index}`

/** Undefined if the store does not know the person. */
export const knownPerson = async (store: Store, index: string): Promise<SoughtPerson | undefined> =>
  store.people.find(index, (await wrappedKeyOf(store, index)) ?? '')

/** A handler for a person whom the store knows; others are answered with 404. */
export const withPerson: Finder<SoughtPerson> = (work) => async (c) => {
  const { store } = c.get('context')
  const index = toHex(fromHex(c.req.param('person') ?? '') ?? new Uint8Array())
  const person = await knownPerson(store, index)
  return person === undefined ? answerNobody(c, index) : work(c, person)
}

/** The registry knows by the index whether a person was erased. */
async function answerNobody(c: ConsoleContext, index: string): Promise<Response> {
  const [erasure] = await c.get('context').registry.erasures.of(index)
  return answerPage(
    c,
    { title: erasure === undefined ? 'Nothing is known' : 'Erased', narrow: true },
    <>
      {erasure === undefined ? (
        <p class="lead">
          No event and no suppression names this address. It may be written to, as far as Postern knows.
        </p>
      ) : (
        <p class="lead">
          The person was erased <When at={erasure.erasedAtMs} />.{' '}
          {erasure.keepsSuppression
            ? 'Suppressions of the address were kept, without the address. '
            : 'Nothing was kept. '}
          <a href={ERASURES.pathOf(erasure.number)}>Erasure {erasure.number}</a>
        </p>
      )}
      <ul>
        <li>
          <a href="/suppressions/check">Check whether an address is suppressed</a>
        </li>
        <li>
          <a href="/suppressions/new">Suppress an address</a>
        </li>
      </ul>
    </>,
    404,
  )
}
