/** Interface of a probe: one question that an assessment asks a deployment, as data and one function. */
import type { Api } from '../connection/api.ts'

/** The least first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)

/** A weakness that a probe found. */
export interface Weakness {
  /** Examined thing, if the probe examines several: `source shop`. */
  readonly subject?: string
  /** Observation, with the numbers and names that prove it. No secret, no address. */
  readonly evidence: string
  /** Default: that of the probe. */
  readonly severity?: Severity
  /** Default: that of the probe. */
  readonly remedy?: string
}

export interface Probe {
  /** Stable, in kebab-case: `--skip` and programs know it. */
  readonly id: string
  /** The rule that holds in a deployment without this weakness, as a sentence. */
  readonly title: string
  readonly severity: Severity
  /** Action that ends the weakness. */
  readonly remedy: string
  /** Yields nothing if all is well. @throws {Stop} if it could not be examined */
  readonly run: (world: World) => AsyncGenerator<Weakness>
}

/** Means of a probe. All requests keep the pace of the assessment. */
export interface World {
  /** Base URL of the gateway. */
  readonly gateway: URL
  /** Base URLs of the gateway and, if it is known, of the console. */
  readonly bases: readonly URL[]
  /** Base URL of the console. @throws {Stop} if it is not known */
  readonly console: () => URL
  /** The console's API. @throws {Stop} if there is no token for it */
  readonly api: () => Api
  /** The token for that. @throws {Stop} if there is none */
  readonly token: () => string
  readonly nowMs: () => number
  /** Waits for the turn of a request that the probe makes by itself. */
  readonly turn: () => Promise<void>
  /** Sends one request to a path. No answer is a value, too. @throws {Stop} if the console does not answer */
  readonly send: (base: URL, path: string, request?: Outgoing) => Promise<Answer>
}

export interface Outgoing {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  /** 0 if there was none. */
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
