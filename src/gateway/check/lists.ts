/** A source's networks, countries and systems, made ready once for as long as its configuration is cached. */
import { type Network, parseNetwork } from '../../platform/network.ts'
import type { Provider } from '../../providers/provider.ts'
import type { SourceConfig } from '../../registry/document.ts'

/** Undefined where the source does not restrict. An empty list lists nothing, so nothing passes it. */
export interface Lists {
  readonly allowed: readonly Network[] | undefined
  readonly blocked: readonly Network[]
  readonly allowedCountries: ReadonlySet<string> | undefined
  readonly blockedCountries: ReadonlySet<string>
  readonly allowedAsns: ReadonlySet<number> | undefined
  readonly blockedAsns: ReadonlySet<number>
}

const ready = new WeakMap<SourceConfig, Lists>()
const published = new WeakMap<Provider, readonly Network[]>()

/** The lists of a configuration. */
export function listsOf(config: SourceConfig): Lists {
  const known = ready.get(config)
  if (known !== undefined) return known
  const lists: Lists = {
    allowed: config.allowedIps && networks(config.allowedIps),
    blocked: networks(config.blockedIps ?? []),
    allowedCountries: config.allowedCountries && new Set(config.allowedCountries),
    blockedCountries: new Set(config.blockedCountries),
    allowedAsns: config.allowedAsns && new Set(config.allowedAsns),
    blockedAsns: new Set(config.blockedAsns),
  }
  ready.set(config, lists)
  return lists
}

/** Where the ESP says that it sends from; undefined where it says nothing. */
export function publishedNetworks(provider: Provider): readonly Network[] | undefined {
  if (provider.publishedNetworks === undefined) return undefined
  const parsed = published.get(provider) ?? networks(provider.publishedNetworks)
  published.set(provider, parsed)
  return parsed
}

/** The registry refuses what does not parse when a source is saved; here it would match nothing. */
const networks = (texts: readonly string[]): readonly Network[] =>
  texts.map(parseNetwork).filter((network) => network !== undefined)
