/** Probes that ask the API of the console how it is set up. To add one: a file here and a row. */
import type { Probe } from '../probe.ts'
import { endlessTokens } from './endless-tokens.ts'
import { noChannel } from './no-channel.ts'
import { oldSecrets } from './old-secrets.ts'
import { retentionUnset } from './retention-unset.ts'
import { unboundDeliveries } from './unbound-deliveries.ts'
import { unfinishedMasterKey } from './unfinished-master-key.ts'

export const INSIDE: readonly Probe[] = [
  unboundDeliveries,
  oldSecrets,
  endlessTokens,
  noChannel,
  retentionUnset,
  unfinishedMasterKey,
]
