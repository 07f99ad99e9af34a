/** When reasons to write nothing to a person were lifted. */
import { liftingsOf } from '../../../store/suppression-history.ts'
import { wholePart } from './part.ts'

export const liftings = wholePart<'liftings'>(
  ({ store }, { address }) => liftingsOf(store, address),
  ({ source }) => source,
  ({ at }) => [at],
)
