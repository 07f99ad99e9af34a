/** Reasons why nobody may write to a person, with the notes of operators. */
import { suppressionsOf } from '../../../store/suppressions.ts'
import { wholePart } from './part.ts'

export const suppressions = wholePart<'suppressions'>(
  ({ store }, { address }) => suppressionsOf(store, address),
  ({ reason }) => reason,
  ({ since, as_of, lifted_at }) => [since, as_of, lifted_at],
)
