/** Interface of a probe: one question that an assessment asks a deployment, as data and one function. */
import type { Severity } from '../../api/assessments.ts'
import type { ConsoleWorld, TokenWorld, World } from './world.ts'

/** A weakness that a probe found. */
export interface Weakness {
  /** Examined thing, if the probe examines several: `source shop`. With the probe's id it names the finding in comparisons. */
  readonly subject?: string
  /** Observation, with the numbers and names that prove it. No secret, no address. */
  readonly evidence: string
  /** Default: that of the probe. */
  readonly severity?: Severity
  /** Default: that of the probe. */
  readonly remedy?: string
}

interface ProbeOf<Needs extends string, W> {
  /** Stable, in kebab-case: reports are compared by it. */
  readonly id: string
  /** The rule that holds in a deployment without this weakness, as a sentence. */
  readonly title: string
  readonly severity: Severity
  /** Action that ends the weakness. */
  readonly remedy: string
  readonly needs: Needs
  /** Whether it runs after all others, because it makes the next requests of this machine wait. */
  readonly comesLast?: true
  /** Yields nothing if all is well. @throws {Stop} if it could not be examined */
  readonly run: (world: W) => AsyncGenerator<Weakness>
}

/** `needs`: nothing but the gateway, the address of the console, or a token for it. */
export type Probe =
  | ProbeOf<'nothing', World>
  | ProbeOf<'console', ConsoleWorld>
  | ProbeOf<'token', TokenWorld>
