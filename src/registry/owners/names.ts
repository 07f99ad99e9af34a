/** Limits of the names and of the number of owners. */
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import type { OwnerKind } from './owner.ts'

/** Null for a valid name. */
export const nameProblem = ({ noun }: Pick<OwnerKind<unknown>, 'noun'>, name: string): string | null =>
  RESOURCE_NAME.test(name)
    ? null
    : `A ${noun} name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.`

/** Why a new owner cannot have a name that is valid; null if it can. `/channels/new` is no page: a channel may be named so. */
export const takenProblem = ({ noun }: Pick<OwnerKind<unknown>, 'noun'>, name: string): string | null =>
  noun !== 'channel' && name === 'new'
    ? `The page that adds a ${noun} has this name in its address. Choose another name.`
    : null

export const tooMany = ({ noun, max }: Pick<OwnerKind<unknown>, 'noun' | 'max'>): string =>
  `There can be ${max} ${noun}s at most.`
