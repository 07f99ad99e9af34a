/** Values that a request carries through the console. */
import type { Context } from 'hono'
import type { JWTVerifyGetKey } from 'jose'
import type { Sealer } from '../platform/seal.ts'
import type { ConsoleEnv, Settings } from './env.ts'
import type { Attempts } from './login/attempts.ts'
import type { Session, Sessions } from './login/session.ts'
import type { BaseContext, RequestContext } from './request-context.ts'

/** State that all requests of one isolate share, once the settings have been read. */
export interface Isolate {
  readonly settings: Settings
  readonly sessions: Sessions
  readonly linkAttempts: Attempts
  /** Seals forms whose session had ended. */
  readonly formSealer: Sealer
  /** Wrong credentials by client, in front of the registry's own count. */
  readonly attempts: Attempts
  /** Hash of the Worker's `ADMIN_TOKEN`. */
  readonly adminHash: () => Promise<string>
  /** Keys of the Access team; absent where Access is not set up. */
  readonly accessKeys: JWTVerifyGetKey | undefined
}

export interface ConsoleHono {
  readonly Bindings: ConsoleEnv
  readonly Variables: {
    requestId: string
    isolate: Isolate
    /** Used by authentication. Handlers use `context`. */
    baseContext: BaseContext
    /** Sources and actions that the caller may access. Empty before authentication. */
    context: RequestContext
    /** Set on pages that ask for a session. */
    session: Session
    /** Number of incidents of a warning and more that are not over, for the navigation. Set on pages that ask for a session. */
    openIncidents: Promise<number>
    /** Set where a form was posted. */
    form: URLSearchParams
    /** Name of the handler that answered, for the log: a route's id, a page's path pattern. */
    handler: string
    /** The problem's code, for the log. */
    code: string
  }
}

export type ConsoleContext = Context<ConsoleHono>
