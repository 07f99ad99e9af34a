/** Props that every section of the first page gets. */
import type { Actor } from '../access/actor.ts'
import type { Dashboard } from './load-dashboard.ts'
import type { Notice } from './notices.ts'

export interface PageProps {
  readonly dashboard: Dashboard
  readonly notice: Notice | undefined
  readonly formToken: string
  /** Person who looks at the page: actions that they may not take have no button. */
  readonly actor: Actor
  readonly gatewayUrl: string
  readonly nowMs: number
}
