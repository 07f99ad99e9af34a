/** A person whom a request asks about. */
import { toHex } from '../../platform/bytes.ts'
import { archiveSums } from '../../store/archive-files.ts'
import { wrappedKeyOf } from '../../store/keys.ts'
import type { PersonBytes } from '../../store/people.ts'
import { archivePseudonym } from '../../store/pseudonym.ts'
import type { Store } from '../../store/store.ts'
import type { RequestContext } from '../request-context.ts'
import type { SoughtPerson } from './parts.ts'

export const soughtPerson = async (
  { store: { people } }: Pick<RequestContext, 'store'>,
  address: string,
): Promise<SoughtPerson> => ({ address: people.normal(address), index: await people.indexOf(address) })

/** The key of a person; undefined if nothing of them is sealed, or nothing any more. @throws {SealBroken} */
export async function keyOf(store: Store, { index }: SoughtPerson): Promise<PersonBytes['key'] | undefined> {
  const wrapped = (await wrappedKeyOf(store, index)) ?? ''
  return wrapped === '' ? undefined : (await store.people.bytesOf(index, wrapped)).key
}

/** The files of the archive that may have events of a person; null if nothing in them opens. */
export async function archivedOf(
  { store, archive }: Pick<RequestContext, 'store' | 'archive'>,
  key: PersonBytes['key'] | undefined,
) {
  if (archive === undefined || key === undefined) return null
  const { files, firstDt, lastDt } = await archiveSums(store)
  if (files === 0) return null
  return { pseudonym: toHex(await archivePseudonym(key)), files, first_day: firstDt, last_day: lastDt }
}
