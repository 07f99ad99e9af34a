/** Reasons why nobody may write to a person, with the notes of operators. */
import { suppressionsOf } from '../../../store/suppression-rows.ts'
import { type Part, onlyPage } from './part.ts'

export const suppressions: Part<'suppressions'> = async ({ store }, { address }) =>
  onlyPage(await suppressionsOf(store, address))
