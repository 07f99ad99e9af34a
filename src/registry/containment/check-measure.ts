/** Containments that the registry refuses, whoever asks for them. */
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { type Network, SITE_BITS, networkText, overlaps, parseNetwork } from '../../platform/network.ts'
import { LEVELS } from '../../event/decision.ts'
import { providerNamed } from '../../providers/index.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { ContainRefused, Measure } from './containment.ts'

/** Shorter ends before anybody sees it; longer is a setting. */
export const CONTAINMENT_MIN_SECONDS = 60
export const CONTAINMENT_MAX_SECONDS = 86_400

type Checked = { readonly ok: true; readonly measure: Measure } | ContainRefused

/** The measure in its canonical form, or why it is refused. */
export function checkMeasure(measure: Measure, seconds: number, config: SourceConfig): Checked {
  const problems: DocumentProblem[] = []
  if (!Number.isInteger(seconds) || seconds < CONTAINMENT_MIN_SECONDS || seconds > CONTAINMENT_MAX_SECONDS)
    problems.push({
      path: 'seconds',
      problem: `Must be a whole number from ${CONTAINMENT_MIN_SECONDS} to ${CONTAINMENT_MAX_SECONDS}.`,
    })
  if (measure.action === 'raise_level' && LEVELS.indexOf(measure.level) <= LEVELS.indexOf(config.level))
    problems.push({ path: 'level', problem: 'Must be higher than the level of the source.' })
  const network = measure.action === 'block' ? parseNetwork(measure.network) : undefined
  if (measure.action === 'block' && (network === undefined || isTooWide(network)))
    problems.push({
      path: 'network',
      problem: 'Must be an address or a CIDR block, at most as wide as a /24 (IPv4) or a /48 (IPv6).',
    })
  if (problems.length > 0) return { ok: false, code: 'document_invalid', problems }
  if (network === undefined) return { ok: true, measure }
  const text = networkText(network)
  return isEspNetwork(network, config)
    ? { ok: false, code: 'network_published', network: text }
    : { ok: true, measure: { action: 'block', network: text } }
}

const isTooWide = ({ family, prefixBits }: Network): boolean => prefixBits < SITE_BITS[family]

const publishedBy = (provider: string): readonly string[] => providerNamed(provider)?.publishedNetworks ?? []

/** Networks that the provider publishes, and those that the source allows. */
export const espNetworks = ({ allowedIps = [], provider }: SourceConfig): readonly string[] => [
  ...allowedIps,
  ...publishedBy(provider),
]

/** Whether an address of the network is the ESP's. */
const isEspNetwork = (network: Network, config: SourceConfig): boolean =>
  overlapsAny(network, espNetworks(config))

/** Whether the provider publishes an address of this network, which is text. */
export function isPublished(network: string, provider: string): boolean {
  const parsed = parseNetwork(network)
  return parsed !== undefined && overlapsAny(parsed, publishedBy(provider))
}

const overlapsAny = (network: Network, texts: readonly string[]): boolean =>
  texts.some((text) => {
    const one = parseNetwork(text)
    return one !== undefined && overlaps(one, network)
  })
