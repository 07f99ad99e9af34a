/** Views of a channel: one for operators, and one for the object that sends. */
import type { Sealer } from '../../platform/seal.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import type { Stored } from '../owners/owner.ts'
import { openSecrets } from '../rotation/sealed.ts'
import type { ChannelView, SealedChannel } from './channel.ts'
import { CHANNELS } from './kind.ts'

export const viewOf = ({ secrets, ...rest }: Stored<ChannelConfig>): ChannelView => ({
  ...rest,
  secrets: [...new Set(secrets.filter(({ sealed }) => sealed !== null).map(({ slot }) => slot))],
})

export const sealedOf = ({
  name,
  version,
  config,
  secrets,
  createdAtMs,
  updatedAtMs,
}: Stored<ChannelConfig>): SealedChannel => ({
  name,
  version,
  changedAtMs: updatedAtMs,
  createdAtMs,
  config,
  secrets: secrets.flatMap(({ slot, version, acceptedUntilMs, sealed }) =>
    sealed === null ? [] : [{ slot, version, acceptedUntilMs, sealed }],
  ),
})

/**
 * The values of its secrets, by slot.
 *
 * @throws {SealBroken} when a secret was sealed for another version or under a master key that is not configured
 */
export async function openChannel(
  sealer: Sealer,
  { name, secrets }: Pick<SealedChannel, 'name' | 'secrets'>,
): Promise<Readonly<Record<string, string>>> {
  const opened = await openSecrets(sealer, { name: CHANNELS.keyOf(name), secrets })
  return Object.fromEntries(
    Object.entries(opened).flatMap(([slot, [secret]]) =>
      secret?.kind === 'text' ? [[slot, secret.text] as const] : [],
    ),
  )
}
