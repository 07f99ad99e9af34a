/** When reasons to write nothing to a person were lifted. */
import { liftingsOf } from '../../../store/suppression-history.ts'
import { type Part, onlyPage } from './part.ts'

export const liftings: Part<'liftings'> = async ({ store }, { address }) =>
  onlyPage(await liftingsOf(store, address))
