/** Which containments of an incident would be done, so that nothing is advised that would be refused, and why others would not. */
import { checkMeasure, espNetworks } from '../../registry/containment/check-measure.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import { type Network, networkText, parseNetwork } from '../../platform/network.ts'
import { type Possible, type StoredIncident, lasts } from '../incidents/stored.ts'
import { patternOf } from '../patterns/index.ts'
import { type Silent, reasonOf } from './describe.ts'
import type { Known } from './known.ts'
import type { ContainRefused } from '../../registry/containment/containment.ts'
import { type VerifiedNetworks, type Verdict, verdictOn } from './verified-networks.ts'

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
  const refused: { source: string; network: string; why: string }[] = []
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
    if (isBlocked) continue
    const refusal = refusalOf(network, parsed, source, config, await verifiedInDay())
    if (refusal === undefined) blocks.push({ source, network })
    // Nobody would think of a block that is malformed or too wide.
    else if (refusal.code !== 'document_invalid') refused.push({ source, network, why: reasonOf(refusal) })
  }
  for (const source of new Set(findings.filter(lasts).flatMap((one) => one.source ?? []))) {
    if (raises.length >= PAIRS_MAX) break
    const config = (await viewOf(source))?.config
    const isRaised = lasting.some((one) => one.source === source && one.measure.action === 'raise_level')
    const measure = { action: 'raise_level', level: 'maximum' } as const
    if (config !== undefined && !isRaised && checkMeasure(measure, HOUR_SECONDS, config).ok)
      raises.push(source)
  }
  return { blocks, raises, refused }
}

/** Why a block would not be done by policy; undefined if it would. */
function refusalOf(
  network: string,
  parsed: Network,
  source: string,
  config: SourceConfig,
  verified: VerifiedNetworks,
): ContainRefused | Silent | undefined {
  const checked = checkMeasure({ action: 'block', network }, HOUR_SECONDS, config)
  if (!checked.ok) return checked
  const verdict = verdictOn(parsed, verified)
  if (verdict !== 'free') return notBlocked(parsed, verdict)
  return mayBeTheEsp(config, source, verified) ? { ok: false, code: 'source_silent' } : undefined
}

export const notBlocked = (network: Network, verdict: Exclude<Verdict, 'free'>): ContainRefused => ({
  ok: false,
  code: 'network_verified',
  network: networkText(network),
  isCertain: verdict === 'verified',
})

const unique = <T>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one])).values(),
]
