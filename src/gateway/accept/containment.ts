/** Effect of a containment on a delivery. The containment ends by this isolate's clock, without a message. */
import { type Level, LEVELS } from '../../event/decision.ts'
import { type Network, contains, parseAddress, parseNetwork } from '../../platform/network.ts'
import type { ClientFacts } from '../../providers/shared/presented-credentials.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { ActiveMeasure } from '../../registry/containment/containment.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { isIn, networksOf } from './blocked.ts'

/** ESPs give up a delivery that they may not send again for long. */
const RETRY_AFTER_MAX_SECONDS = 300

/**
 * Refuses a delivery from a blocked network, or to a paused source. An address that the provider publishes or the source allows is
 * never blocked, whatever was blocked before it became one.
 */
export function containedBy(
  { source, provider }: { readonly source: Source; readonly provider: Provider },
  { address }: ClientFacts,
  nowMs: number,
): Outcome<void> {
  const lasting = lastingMeasures(source, nowMs)
  if (lasting.length === 0) return pass(undefined)
  const blocked = isEspAddress(address, source, provider) ? undefined : blockOf(lasting, address)
  if (blocked !== undefined) return refuse({ code: 'network_blocked', network: blocked })
  const pausedUntilMs = Math.max(
    0,
    ...lasting.filter(({ action }) => action === 'pause').map(({ endsAtMs }) => endsAtMs),
  )
  if (pausedUntilMs === 0) return pass(undefined)
  const retryAfterSeconds = Math.min(Math.ceil((pausedUntilMs - nowMs) / 1_000), RETRY_AFTER_MAX_SECONDS)
  return refuse({ code: 'source_paused', retryAfterSeconds })
}

/** The level of the source, or the higher one to which it is raised. */
export function levelOf(source: Source, nowMs: number): Level {
  let level = LEVELS.indexOf(source.config.level)
  for (const measure of lastingMeasures(source, nowMs))
    if (measure.action === 'raise_level') level = Math.max(level, LEVELS.indexOf(measure.level))
  return LEVELS[level] ?? source.config.level
}

const NONE: readonly ActiveMeasure[] = []

const lastingMeasures = ({ containment = NONE }: Source, nowMs: number): readonly ActiveMeasure[] =>
  containment.length === 0 ? NONE : containment.filter(({ endsAtMs }) => endsAtMs > nowMs)

function isEspAddress(address: string | null, { config }: Source, { publishedNetworks }: Provider): boolean {
  return [config.allowedIps, publishedNetworks].some(
    (list) => list !== undefined && isIn(address, networksOf(list)),
  )
}

/** An address that the edge does not know is in no network. */
function blockOf(lasting: readonly ActiveMeasure[], address: string | null): string | undefined {
  const client = parseAddress(address ?? '')
  if (client === undefined) return undefined
  for (const measure of lasting) {
    if (measure.action !== 'block') continue
    const network = parsedOf(measure)
    if (network !== undefined && contains(network, client)) return measure.network
  }
  return undefined
}

const parsed = new WeakMap<ActiveMeasure, Network>()

/** Parses a network once while its source is cached. */
function parsedOf(measure: ActiveMeasure & { readonly action: 'block' }): Network | undefined {
  const known = parsed.get(measure)
  if (known !== undefined) return known
  const network = parseNetwork(measure.network)
  if (network !== undefined) parsed.set(measure, network)
  return network
}
