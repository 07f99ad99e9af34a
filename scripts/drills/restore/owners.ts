/** Reads sources, destinations, channels and retention of a deployment, in the form in which two of them are compared. */
import { channelRoutes } from '../../../src/api/channels.ts'
import { configurationRoutes } from '../../../src/api/configuration.ts'
import { destinationRoutes } from '../../../src/api/destinations.ts'
import { retentionRoutes } from '../../../src/api/retention.ts'
import { type Source, sourceRoutes } from '../../../src/api/sources.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import type { Owner } from './compare.ts'

export interface Owners {
  readonly sources: readonly Owner[]
  readonly destinations: readonly Owner[]
  readonly channels: readonly Owner[]
  /** One, or none if none was saved. */
  readonly retention: readonly Owner[]
}

export async function ownersOf(api: Api): Promise<Owners> {
  const documents = await api.call(configurationRoutes.getConfiguration)
  const sources = await api.list(sourceRoutes.listSources, {}, null)
  const destinations = await api.list(destinationRoutes.listDestinations, {}, null)
  const channels = await api.list(channelRoutes.listChannels, {}, null)
  const { document, updated_at: savedAt } = await api.call(retentionRoutes.getRetention)
  return {
    sources: sources.map((source) => sourceOf(source, documents.sources[source.name])),
    destinations: destinations.map((one) => ownerOf(one, documents.destinations?.[one.name])),
    channels: channels.map((one) => ownerOf(one, documents.channels?.[one.name])),
    retention:
      savedAt === null
        ? []
        : [{ name: 'document', content: document, createdMs: 0, changedMs: Date.parse(savedAt) }],
  }
}

interface Listed {
  readonly name: string
  readonly created_at: string
  readonly updated_at: string
}

/** A restore pauses what would send. */
function ownerOf({ name, created_at, updated_at }: Listed, document: object | undefined): Owner {
  const { paused: _paused, ...content } = { paused: undefined, ...document }
  return {
    name,
    content: { created_at, ...content },
    createdMs: Date.parse(created_at),
    changedMs: Date.parse(updated_at),
  }
}

function sourceOf(source: Source, document: object | undefined): Owner {
  const owner = ownerOf(source, document)
  const versions = source.secret_versions
  const changes = versions.flatMap((one) => [one.created_at, one.activated_at, one.revoked_at])
  return {
    ...owner,
    content: { ...(owner.content as object), versions },
    changedMs: Math.max(owner.changedMs, ...changes.map((at) => (at === null ? 0 : Date.parse(at)))),
  }
}
