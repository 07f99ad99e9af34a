/** Sources of one account at an ESP. The account's past events are those of all of them. */
import { driverOf } from '../../drivers/index.ts'
import type { Sealer } from '../../platform/seal.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import { openVersions, unlessUnreadable } from '../rotation/sealed.ts'
import type { StoredSource } from './source-tables.ts'

/** Names of the others that have the same key and the same place at the ESP. A key that cannot be opened is the same as none. */
export async function sameAccount(
  sealer: Sealer,
  source: StoredSource,
  all: readonly StoredSource[],
): Promise<string[]> {
  const own = await keyOf(sealer, source)
  const others = all.filter(
    ({ name, config }) =>
      name !== source.name &&
      config.provider === source.config.provider &&
      placeOf(config) === placeOf(source.config),
  )
  const keys = await Promise.all(others.map((other) => keyOf(sealer, other)))
  return others.flatMap(({ name }, i) => (own !== undefined && keys[i] === own ? [name] : []))
}

/** The webhooks of one place bring the same events. */
function placeOf({ provider, provisioner = {} }: StoredSource['config']): string {
  const { webhookId: _webhook, ...settings } = provisioner
  const place = { region: driverOf(provider)?.regions?.[0], ...settings }
  return Object.entries(place)
    .map((pair) => JSON.stringify(pair))
    .toSorted()
    .join()
}

async function keyOf(sealer: Sealer, { name, secrets }: StoredSource): Promise<string | undefined> {
  const rows = secrets.filter(({ slot, state }) => slot === API_SLOT && state === 'active')
  const opened = await unlessUnreadable(() => openVersions(sealer, name, rows))
  if (opened === 'secret_unreadable') return undefined
  const secret = opened[0]?.secret
  return secret?.kind === 'text' ? secret.text : undefined
}
