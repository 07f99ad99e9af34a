/** The checkout of Postern that the command line runs in. `scripts/checkout.ts` makes it; the package, which is installed alone, has none. */
import type { BackupFile } from '../api/backups.ts'
import type { DrillReport } from '../api/drills.ts'
import type { Api } from './connection/api.ts'
import type { Finding } from './doctor/finding.ts'
import { Stop } from './stop.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface Checkout {
  /** Its folder, with a slash at the end. */
  readonly folder: string
  /** The secrets of `npm start`, by name; none before the first start. */
  readonly devVars: () => Promise<ReadonlyMap<string, string>>
  /** A usage error if npm kept options for itself: of `npm run postern --json` the command line gets nothing. */
  readonly swallowedOptions: (
    script: string,
    options: readonly string[],
    given: readonly string[],
    variables: Variables,
  ) => string | undefined
  /** Findings of the account at Cloudflare that holds the environment. @param variables may hold the log-in */
  readonly accountFindings: (variables: Variables, environment: string) => Promise<readonly Finding[]>
  readonly drillRestore: (drill: RestoreDrill) => Promise<DrillReport>
  readonly drillFailover: (drill: FailoverDrill) => Promise<DrillReport>
}

interface Drill {
  /** Of the checkout. */
  readonly version: string
  readonly nowMs: () => number
  readonly onProgress: (line: string) => void
  /** Ends the drill early. */
  readonly ended: AbortSignal
}

export interface RestoreDrill extends Drill {
  readonly real: { readonly api: Api; readonly gatewayUrl: string }
  readonly file: BackupFile
  readonly masterKey: string
  readonly sleep: (ms: number) => Promise<void>
}

/** Parts that the failover drill takes down. */
export const FAILOVER_PARTS = ['guard', 'registry', 'd1', 'queue', 'r2'] as const
export type FailoverPart = (typeof FAILOVER_PARTS)[number]

export interface FailoverDrill extends Drill {
  /** How long each part is down. */
  readonly downSeconds: number
  /** Deliveries. */
  readonly perSecond: number
  /** All if absent. */
  readonly parts?: readonly FailoverPart[]
}

/**
 * The checkout, for a command that needs Wrangler or the files of `npm start`.
 *
 * @param what that needs it, as typed: `tail --worker`
 * @throws {Stop} in the package that is installed alone
 */
export function checkoutFor(
  { checkout }: { readonly checkout?: Checkout | undefined },
  what: string,
): Checkout {
  if (checkout === undefined)
    throw new Stop(
      'no',
      'checkout_needed',
      `${what} works only in a checkout of Postern: run npx postern there.`,
    )
  return checkout
}
