/** Which containments of an incident would be done, so that nothing is advised that would be refused. */
import { checkMeasure, espNetworks } from '../../registry/containment/check-measure.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import { parseNetwork } from '../../platform/network.ts'
import { type Possible, type StoredIncident, lasts } from '../incidents/stored.ts'
import { patternOf } from '../patterns/index.ts'
import type { Known } from './known.ts'
import { type VerifiedNetworks, verdictOn } from './verified-networks.ts'

const HOUR_SECONDS = 3_600
const PAIRS_MAX = 20

/** Whether there is something that could be advised. */
export const needsCheck = ({ findings }: StoredIncident): boolean =>
  findings.some((one) => one.source !== null && lasts(one))

/**
 * Whether nobody knows from where the ESP sends: it publishes no networks, the source names none, and nothing was verified there in the
 * last day. Then whoever has the wrong secret may be the ESP, and only a person may block it. If it is not known what was verified, every
 * block is refused.
 */
export const mayBeTheEsp = (config: SourceConfig, source: string, verified: VerifiedNetworks): boolean =>
  espNetworks(config).length === 0 && verified.isKnown && !verified.sources.has(source)

/** @throws what a dependency throws */
export async function possibleOf(
  { findings, containments }: StoredIncident,
  { viewOf, verifiedInDay, nowMs }: Known,
): Promise<Possible> {
  const blocks: { source: string; network: string }[] = []
  const raises: string[] = []
  const lasting = containments.filter((one) => one.liftedAtMs === null && one.endsAtMs > nowMs)
  // Deliveries of the other kinds were verified: a block of their networks is refused.
  const pairs = findings
    .filter((one) => lasts(one) && patternOf(one.kind)?.advisedActions.includes('block'))
    .flatMap(({ source, networks }) =>
      source === null ? [] : networks.map((network) => ({ source, network })),
    )
  for (const { source, network } of unique(pairs).slice(0, PAIRS_MAX)) {
    const config = (await viewOf(source))?.config
    const parsed = parseNetwork(network)
    if (config === undefined || parsed === undefined) continue
    const isBlocked = lasting.some(
      ({ source: at, measure }) => at === source && measure.action === 'block' && measure.network === network,
    )
    if (isBlocked || !checkMeasure({ action: 'block', network }, HOUR_SECONDS, config).ok) continue
    const verified = await verifiedInDay()
    if (verdictOn(parsed, verified) === 'free' && !mayBeTheEsp(config, source, verified))
      blocks.push({ source, network })
  }
  for (const source of new Set(findings.filter(lasts).flatMap((one) => one.source ?? []))) {
    if (raises.length >= PAIRS_MAX) break
    const config = (await viewOf(source))?.config
    const isRaised = lasting.some((one) => one.source === source && one.measure.action === 'raise_level')
    const measure = { action: 'raise_level', level: 'maximum' } as const
    if (config !== undefined && !isRaised && checkMeasure(measure, HOUR_SECONDS, config).ok)
      raises.push(source)
  }
  return { blocks, raises }
}

const unique = <T>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one])).values(),
]
