/** The configuration as the Workers that process deliveries use it, with sealed secrets. Not for operators. */
import { RpcTarget } from 'cloudflare:workers'
import type { SetupView, SetupWindow } from '../event/setup-window.ts'
import { driverOf } from '../drivers/index.ts'
import { providerNamed } from '../providers/index.ts'
import { API_SLOT, BASIC_SLOT, URL_SLOT } from '../providers/shared/slots.ts'
import type { Changes } from './changes.ts'
import type { SealedChannel } from './channels/channel.ts'
import { sealedOf as sealedChannel } from './channels/view.ts'
import type { DestinationIndex, SealedDestination } from './destinations/destination.ts'
import { forwardedSources } from './destinations/document.ts'
import { sealedOf as sealedDestination } from './destinations/view.ts'
import { isAccepted } from './rotation/transitions.ts'
import { endSetup } from './sources/end-setup.ts'
import type { SealedEspAccount, SealedSource, SourceIndex, WatchedSources } from './sources/source.ts'

/** A call with a known version answers null in place of a list if nothing has changed since. */
export class Snapshots extends RpcTarget {
  readonly #changes: Changes
  readonly #nowMs: () => number

  constructor(changes: Changes, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#nowMs = nowMs
  }

  /** A source with the secrets that are accepted now, some of them only until a time. */
  async source(name: string): Promise<SealedSource | null> {
    const { sources, destinations } = this.#changes.tables
    const found = sources.find(name)
    if (found === undefined) return null
    const { version, config, secrets } = found
    const nowMs = this.#nowMs()
    return {
      name,
      version: Math.max(version, sources.renewals.of(name)),
      config,
      secrets: secrets.flatMap((row) =>
        row.sealed !== null && row.slot !== API_SLOT && isAccepted(row, nowMs)
          ? [
              {
                slot: row.slot,
                version: row.version,
                acceptedUntilMs: row.acceptedUntilMs,
                sealed: row.sealed,
              },
            ]
          : [],
      ),
      capture: sources.captures.at(name, nowMs),
      containment: sources.containments.measures(name, nowMs),
      setup: providerNamed(config.provider)?.firstCall && setupWindowOf(sources.setups.of(name)),
      forwardsTo: destinations.configs().flatMap((one) => {
        const of = forwardedSources(one.config)
        return of === 'all' || of.includes(name) ? [one.name] : []
      }),
    }
  }

  /** A source as the object has it that talks to its ESP; null if there is no source, no key, or no driver. */
  async espAccount(name: string): Promise<SealedEspAccount | null> {
    const found = this.#changes.tables.sources.find(name)
    const driver = found && driverOf(found.config.provider)
    if (found === undefined || driver === undefined) return null
    const slots = [API_SLOT, BASIC_SLOT, URL_SLOT, driver.webhook?.secretSlot]
    const { config, createdAtMs } = found
    const secrets = found.secrets.flatMap(({ slot, version, state, acceptedUntilMs, sealed }) =>
      sealed !== null && state === 'active' && slots.includes(slot)
        ? [{ slot, version, acceptedUntilMs, sealed }]
        : [],
    )
    return secrets.some(({ slot }) => slot === API_SLOT) ? { name, createdAtMs, config, secrets } : null
  }

  /** Called with the first verified delivery of a source whose ESP makes a first call. The same again changes nothing. */
  async firstVerified(name: string, requestId: string): Promise<void> {
    await endSetup(this.#changes, name, requestId, this.#nowMs())
  }

  async sourceIndex(knownVersion: number): Promise<SourceIndex> {
    const { tables, version } = this.#now()
    return { version, names: version === knownVersion ? null : tables.sources.names() }
  }

  async watchedSources(knownVersion: number): Promise<WatchedSources> {
    const { tables, version } = this.#now()
    return { version, sources: version === knownVersion ? null : tables.sources.watched() }
  }

  async destination(name: string): Promise<SealedDestination | null> {
    const found = this.#changes.tables.destinations.find(name)
    return found === undefined ? null : sealedDestination(found, this.#nowMs())
  }

  async destinationIndex(knownVersion: number): Promise<DestinationIndex> {
    const { tables, version } = this.#now()
    return { version, names: version === knownVersion ? null : tables.destinations.names() }
  }

  async channels(
    knownVersion: number,
  ): Promise<{ readonly version: number; readonly channels: readonly SealedChannel[] } | null> {
    const { tables, version } = this.#now()
    return version === knownVersion ? null : { version, channels: tables.channels.all().map(sealedChannel) }
  }

  #now() {
    return { tables: this.#changes.tables, version: this.#changes.version() }
  }
}

const setupWindowOf = ({ openedAtMs, endsAtMs, verifiedAtMs }: SetupView): SetupWindow | undefined =>
  verifiedAtMs === null
    ? { openedAtMs: openedAtMs ?? 0, endsAtMs: endsAtMs ?? 0 }
    : endsAtMs === null
      ? undefined
      : { openedAtMs: openedAtMs ?? 0, endsAtMs, again: true }
