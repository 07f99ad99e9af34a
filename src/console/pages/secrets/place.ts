/** The secret that a page is about: the same for sources and destinations. */
import { driverOf } from '../../../drivers/index.ts'
import { providerNamed } from '../../../providers/index.ts'
import type { SecretKind } from '../../../providers/shared/secret-kinds.ts'
import { API_SLOT } from '../../../providers/shared/slots.ts'
import type { SecretVersion, SlotRotation } from '../../../registry/rotation/secret-version.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { OwnerNoun } from '../../api/changes.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerNotice } from '../answer.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import type { Finder } from '../route.ts'
import { SOURCES, fromOf } from '../sources/resource.ts'

/** A source or a destination, as far as its secrets are concerned. */
export interface Owner {
  readonly name: string
  readonly version: number
  readonly secrets: readonly SecretVersion[]
  readonly rotations: readonly SlotRotation[]
  /** Missing secrets of a source; absent for a destination, which is never without a secret. */
  readonly missingSecrets?: SourceView['missingSecrets']
}

interface OwnerPlace {
  readonly noun: OwnerNoun
  readonly owner: Owner
  readonly kindOf: (slot: string) => SecretKind
  /** Of a source. */
  readonly provider?: string
}

export interface Place extends OwnerPlace {
  /** Of the owner's page. */
  readonly path: string
  /** Of the list of its secrets. */
  readonly back: string
  readonly slot: string
  /** The end of its address: see `FROM_SETUP`. */
  readonly from: string
  /** NaN if the path names none. */
  readonly version: number
  readonly kind: SecretKind
  readonly rotation: SlotRotation | undefined
}

/** A handler for the secret that the path names. */
export const withSecret: Finder<Place> = (work) => async (c) => {
  const { name, destination, slot = '', version } = c.req.param() as Readonly<Record<string, string>>
  const place = await (destination === undefined ? ofSource(c, name ?? '') : ofDestination(c, destination))
  const { secrets = [], missingSecrets, rotations = [] } = place?.owner ?? {}
  const isKnown =
    secrets.some((one) => one.slot === slot) ||
    missingSecrets?.flat().includes(slot) === true ||
    (slot === API_SLOT && driverOf(place?.provider ?? '') !== undefined)
  if (place === undefined || !isKnown)
    return answerNotice(
      c,
      404,
      'No such secret',
      'There is no secret with this name. It may have been removed.',
    )
  const rotation = rotations.find((one) => one.slot === slot)
  const path = (place.noun === 'source' ? SOURCES : DESTINATIONS).pathOf(place.owner.name)
  const kind = place.kindOf(slot)
  return work(c, {
    ...place,
    path,
    back: `${path}/settings#secrets`,
    slot,
    from: fromOf(c),
    version: Number(version),
    kind,
    rotation,
  })
}

async function ofSource(c: ConsoleContext, name: string): Promise<OwnerPlace | undefined> {
  const { registry } = c.get('context')
  const owner = (await registry.sources.find(name)) ?? undefined
  return (
    owner && {
      noun: 'source',
      owner,
      provider: owner.config.provider,
      kindOf: (slot) => providerNamed(owner.config.provider)?.secrets[slot] ?? 'text',
    }
  )
}

async function ofDestination(c: ConsoleContext, name: string): Promise<OwnerPlace | undefined> {
  const owner = (await c.get('context').registry.destinations.find(name)) ?? undefined
  return (
    owner && {
      noun: 'destination',
      owner,
      kindOf: (slot) => (slot === 'signing_secret' ? 'standard-webhooks' : 'text'),
    }
  )
}
