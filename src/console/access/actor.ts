/** Senders of requests, and their rights. */
import { ROLES } from '../../api/route.ts'
import type { Identity, Role } from '../../registry/operators/operator.ts'

export interface Actor extends Omit<Identity, 'role'> {
  /** Null for somebody unknown. */
  readonly role: Role | null
}

/** Somebody unknown: may do nothing, and sees nothing. */
export const NOBODY: Actor = { actor: 'nobody', role: null, sources: [] }

export const may = ({ role }: Actor, needed: Role): boolean =>
  role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed)

/** Whether they may see a source. What belongs to no source is visible only to those who see all sources. */
export const sees = ({ sources }: Actor, source: string | null): boolean =>
  sources === null || (source !== null && sources.includes(source))

/** Whether they see all sources, and so also what belongs to none. */
export const seesAll = ({ sources }: Actor): boolean => sources === null

/** Whether they have a role for all sources. */
export const mayEverywhere = (actor: Actor, needed: Role): boolean => may(actor, needed) && seesAll(actor)

/** The actor of scheduled jobs. */
export const SCHEDULE: Actor = { actor: 'schedule', role: 'admin', sources: null }
