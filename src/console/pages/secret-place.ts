/** Which secret a page is about, and how it is changed: the same for sources and destinations. */
import type { Who } from '../../registry/audit/entry.ts'
import type { DestinationResult } from '../../registry/destinations/destination.ts'
import type { SecretChanged, SecretRequest, SecretResult } from '../../registry/rotation/contract.ts'
import type { SecretVersion, SlotRotation } from '../../registry/rotation/secret-version.ts'
import type { Changed, NotChanged, SourceView } from '../../registry/sources/source.ts'
import type { OwnerNoun } from '../api/changes.ts'
import { changeOfDestination, changeOfSource } from '../api/secrets.ts'
import type { ConsoleContext } from '../context.ts'
import { destinationPath } from './destinations/path.ts'
import { sourcePath } from './source-path.ts'

/** A source or a destination, as far as its secrets are concerned. */
interface Owner {
  readonly name: string
  readonly version: number
  readonly secrets: readonly SecretVersion[]
  readonly rotations: readonly SlotRotation[]
  /** Missing secrets of a source; absent for a destination, which is never without a secret. */
  readonly missingSecrets?: SourceView['missingSecrets']
}

export interface Place {
  readonly noun: OwnerNoun
  readonly owner: Owner
  /** Of the owner's page. */
  readonly path: string
  readonly slot: string
  readonly rotation: SlotRotation | undefined
  readonly change: (request: SecretRequest, who: Who) => Promise<PlaceChanged | NotChanged>
}

export interface PlaceChanged extends SecretChanged {
  readonly ok: true
  readonly owner: Owner
  /** Guards that may accept an old value for a while. Destinations have none. */
  readonly unreached: Changed['unreached']
}

/** The secret that the page's path names; undefined if there is none. */
export async function placeOf(c: ConsoleContext): Promise<Place | undefined> {
  const slot = c.req.param('slot') ?? ''
  const place = await (c.req.param('destination') === undefined ? placeOfSource(c) : placeOfDestination(c))
  if (place === undefined) return undefined
  const { secrets, missingSecrets } = place.owner
  const isKnown = secrets.some((one) => one.slot === slot) || missingSecrets?.flat().includes(slot) === true
  if (!isKnown) return undefined
  return { ...place, slot, rotation: place.owner.rotations.find((one) => one.slot === slot) }
}

type PlaceOfOwner = Omit<Place, 'slot' | 'rotation'>

async function placeOfSource(c: ConsoleContext): Promise<PlaceOfOwner | undefined> {
  const { registry } = c.get('context')
  const source = await registry.view(c.req.param('name') ?? '')
  if (source === null) return undefined
  const { name } = source
  return {
    noun: 'source',
    owner: source,
    path: sourcePath(name),
    async change(request, who) {
      const done: SecretResult = await changeOfSource(registry, name, request, who)
      return done.ok ? { ...done, owner: done.source } : done
    },
  }
}

async function placeOfDestination(c: ConsoleContext): Promise<PlaceOfOwner | undefined> {
  const context = c.get('context')
  const destination = await context.registry.destination(c.req.param('destination') ?? '')
  if (destination === null) return undefined
  const { name } = destination
  return {
    noun: 'destination',
    owner: destination,
    path: destinationPath(name),
    async change(request, who) {
      const done: DestinationResult = await changeOfDestination({ ...context, who }, name, request)
      return done.ok ? { ...done, owner: done.destination, unreached: [] } : done
    },
  }
}
