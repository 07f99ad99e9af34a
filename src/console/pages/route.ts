/** A row of the table of pages. */
import type { Handler } from 'hono'
import type { Role } from '../../registry/operators/operator.ts'
import type { ConsoleContext, ConsoleHono } from '../context.ts'

export type Answer = (c: ConsoleContext) => Promise<Response> | Response

/** Makes a handler for the one thing that a request is about. */
export type Finder<Thing> = (
  work: (c: ConsoleContext, thing: Thing) => Promise<Response> | Response,
) => Answer

export interface PageRoute {
  readonly path: string
  /**
   * Absent for a page that a person goes to. `tab`: beside such a page, under the same entry or name. `dialog`: a question or a form that opens above one, and is a page of its own without
   * script. `part`: a piece of a page, for the script. `stream`: such a piece that goes on for minutes. `moved`: an old address.
   */
  readonly kind?: 'tab' | 'dialog' | 'part' | 'stream' | 'file' | 'moved'
  /** The least role, or anybody: then there is no session. As of the route of the API that does the same. */
  readonly who: Role | 'anybody'
  /** Whether it is about what belongs to no source. Pages under `/sources/:name` are about that one. */
  readonly allSources?: true
  readonly get?: Handler<ConsoleHono>
  /** Bytes of its form; absent for the usual limit. */
  readonly formMaxBytes?: number
  /** Handler of the page's form. */
  readonly post?: Handler<ConsoleHono>
}
