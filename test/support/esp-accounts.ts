/** Stand-ins for the objects that talk to ESPs, which live in the consumer. `test/e2e` has the real ones. */
import type { EspAccountApi } from '../../src/esp-accounts/api.ts'

export interface EspAccounts {
  readonly getByName: (name: string) => EspAccountApi
}

/** @param changes calls that answer otherwise */
export function espAccountObjects(changes: Partial<EspAccountApi> = {}): EspAccounts {
  const answers: EspAccountApi = {
    wake: async () => undefined,
    changed: async () => undefined,
    suppressionSync: async () => null,
    beginSuppressionSync: async () => null,
    endSuppressionSync: async () => null,
    removeSuppressionThere: async () => null,
    webhook: async () => null,
    check: async () => null,
    mend: async () => null,
    planBackfill: async () => null,
    beginBackfill: async () => null,
    backfill: async () => null,
    stopBackfill: async () => null,
    resumeBackfill: async () => null,
    ...changes,
  }
  return { getByName: () => answers }
}
