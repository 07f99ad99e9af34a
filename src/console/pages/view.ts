/** Values of the request that components need wherever they are: `answerPage` provides them. */
import { createContext, useContext } from 'hono/jsx'
import { type Actor, may } from '../access/actor.ts'
import type { Role } from '../../registry/operators/operator.ts'
import type { Preferences } from './preferences.ts'

export interface View {
  readonly nowMs: number
  /** Person who looks at the page. */
  readonly actor: Actor
  /** Token of the session's forms; empty without a session. */
  readonly formToken: string
  /** Of the page's address. */
  readonly path: string
  /** Address on the console that led to the page; undefined if that is not known. */
  readonly cameFrom?: string | undefined
  /** The console's own, for commands. */
  readonly origin: string
  readonly preferences: Preferences
  /** Number of incidents of a warning and more that are not over. */
  readonly openIncidents: number
}

export const ViewContext = createContext({} as View)

/** The view of the page that is being rendered. For components: outside of them there is none. */
export const useView = (): View => useContext(ViewContext)

/** Whether the person who looks has a role. Actions that they may not take have no button. */
export const useMay = (role: Role): boolean => may(useView().actor, role)
