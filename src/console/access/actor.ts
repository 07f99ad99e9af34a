/** Whoever asks, and what they may do and see. */
import type { Identity, Role } from '../../registry/operators/operators.ts'

/** Each may do all that the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[]

export interface Actor extends Omit<Identity, 'role'> {
  /** Null for somebody whom we do not know. */
  readonly role: Role | null
}

/** Somebody whom we do not know: may do nothing, and sees nothing. */
export const NOBODY: Actor = { actor: 'nobody', role: null, sources: [] }

export const may = ({ role }: Actor, needed: Role): boolean =>
  role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed)

/** Whether a source exists for them. What belongs to no source is for those who see all. */
export const sees = ({ sources }: Actor, source: string | null): boolean =>
  sources === null || (source !== null && sources.includes(source))

/** Who sees all sources, so that they may see what belongs to none. */
export const seesAll = ({ sources }: Actor): boolean => sources === null

/** What the console does by itself. */
export const SCHEDULE: Actor = { actor: 'schedule', role: 'admin', sources: null }
