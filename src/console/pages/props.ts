/** What the parts of the first page need beside their rows. */
import type { Actor } from '../access/actor.ts'
import { type Dashboard, seesSuppressions } from './load-dashboard.ts'
import type { Notice, Part } from './notices.ts'

export interface PageProps {
  readonly dashboard: Dashboard
  readonly notice: Notice | undefined
  readonly formToken: string
  /** Who looks at it: what they may not do has no button. */
  readonly actor: Actor
  readonly gatewayUrl: string
  readonly nowMs: number
}

/** The parts of the page, in the order in which they stand on it. */
const PARTS: readonly { readonly id: Part; readonly title: string }[] = [
  { id: 'sources', title: 'Sources' },
  { id: 'events', title: 'Events' },
  { id: 'refusals', title: 'Refusals' },
  { id: 'suppressions', title: 'Suppressions' },
  { id: 'quarantine', title: 'Quarantine' },
  { id: 'dead-letters', title: 'Dead letters' },
]

export const partsFor = (actor: Actor) =>
  PARTS.filter(({ id }) => id !== 'suppressions' || seesSuppressions(actor))
