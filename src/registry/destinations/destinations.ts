/** The calls about destinations, for operators. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { ChangeResult } from '../owners/changed.ts'
import { Owners, type OwnersDeps, changeSecret } from '../owners/owners.ts'
import type { SecretRequest } from '../rotation/contract.ts'
import type { DestinationView } from './destination.ts'
import type { DestinationConfig } from './document.ts'
import { DESTINATIONS } from './kind.ts'
import { publicKeysOf, viewOf } from './view.ts'

export class Destinations extends Owners<DestinationConfig, DestinationView> {
  readonly #deps: OwnersDeps<DestinationConfig, DestinationView>

  constructor(changes: Changes) {
    const deps: OwnersDeps<DestinationConfig, DestinationView> = {
      changes,
      tables: changes.tables.destinations,
      viewOf,
      detailsOf: async (one) => ({ publicKeys: await publicKeysOf(() => changes.sealer(), one) }),
    }
    super(deps)
    this.#deps = deps
  }

  async changeSecret(name: string, request: SecretRequest, who: Who): Promise<ChangeResult<DestinationView>> {
    return changeSecret(this.#deps, DESTINATIONS, name, request, who)
  }
}
