/** The dependencies of the path. `app.ts` builds the real ones; tests build their own. */
import type { HostChecks } from '../platform/dns-check.ts'
import type { BodyMemory } from './accept/body-memory.ts'
import type { Sources } from './accept/sources.ts'
import type { Captures } from './captures.ts'
import type { ClientMemory } from './authenticate/client-memory.ts'
import type { SharedFiles } from './authenticate/shared-files.ts'
import type { EnqueueDeps } from './enqueue/index.ts'
import type { SetupEnds } from './first-call.ts'
import type { GuardStores } from './guard/stores.ts'

export interface Deps extends EnqueueDeps {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number
  readonly requestId: string
  readonly sources: Sources
  readonly guards: GuardStores
  /** Shared by the isolate, for bodies that are not verified yet. */
  readonly bodyMemory: BodyMemory
  readonly captures: Pick<Captures, 'wants' | 'add'>
  readonly setupEnds: Pick<SetupEnds, 'has' | 'noteVerified'>
  /** Certificates, JWKS, introspection. */
  readonly fetch: typeof fetch
  /** Where the hosts of JWKS and introspection URLs lead. */
  readonly hosts: Pick<HostChecks, 'check'>
  readonly clientMemory: ClientMemory
  readonly sharedFiles: SharedFiles
  /** Calls a URL that we built ourselves. True if the answer is a success. */
  readonly confirm: (url: string) => Promise<boolean>
  /** Keeps work running after the answer. */
  readonly inBackground: (work: Promise<unknown>) => void
}
