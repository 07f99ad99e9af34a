/** Means of a probe: requests at the pace of the assessment, and temporary things that are removed afterwards. */
import type { Role } from '../../registry/operators/operator.ts'
import type { Api } from '../connection/api.ts'
import type { Answer, Outgoing } from './http.ts'
import type { ProbeSource } from './probe-source.ts'

export interface World {
  /** Base URL of the gateway. */
  readonly gateway: URL
  /** Base URL of the console, if it is known. */
  readonly console?: URL
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Sends one request when its turn has come. No answer is a value, too. @throws {Stop} if the console does not answer */
  readonly send: (base: URL, request?: Outgoing) => Promise<Answer>
  /** Waits for the turn of a request that the probe makes by itself. */
  readonly turn: () => Promise<void>
}

export interface ConsoleWorld extends World {
  readonly console: URL
}

export interface TokenWorld extends ConsoleWorld {
  /** The console's API; its requests wait for their turn as well. */
  readonly api: Api
  /** A temporary source that verifies signatures of this assessment. @param settings besides the defaults */
  readonly source: (settings?: Readonly<Record<string, unknown>>) => Promise<ProbeSource>
  /** Sends a delivery to a temporary source. Items that it leaves in quarantine are removed with the source. */
  readonly deliver: (delivery: Outgoing) => Promise<Answer>
  /** A temporary token. @throws {Stop} if the token of the assessment may make none */
  readonly token: (role: Role, sources?: readonly string[]) => Promise<string>
}
