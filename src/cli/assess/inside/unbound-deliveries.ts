/** Sources whose credentials do not cover the body of a delivery: whoever sees one request can send others. */
import { type Source, sourceRoutes } from '../../../api/sources.ts'
import { providerNamed } from '../../../providers/index.ts'
import type { AuthMethod, Provider } from '../../../providers/shared/provider.ts'
import { usableMethods } from '../../../registry/secrets/methods.ts'
import type { Probe, Weakness } from '../probe.ts'

export const unboundDeliveries: Probe = {
  id: 'unbound-deliveries',
  title: 'Deliveries are signed, or come from known networks only.',
  severity: 'high',
  remedy:
    'Switch on signing at the ESP. If it cannot sign, list its networks in allowedIps and set requireSourceIp.',
  needs: 'token',
  async *run({ api }) {
    for (const one of await api.list(sourceRoutes.listSources, {}, null)) yield* weaknessOf(one)
  },
}

function* weaknessOf(source: Source): Generator<Weakness> {
  const provider = providerNamed(source.provider)
  if (provider === undefined) return
  const filled = new Set(Object.keys(source.secrets).filter((slot) => (source.secrets[slot] ?? 0) > 0))
  const usable = usableMethods(provider, source, filled)
  const open = usable.filter(({ covers }) => covers !== 'body')
  // If all methods are needed, the strongest one counts.
  const isBound = source.auth.require === 'all' ? open.length < usable.length : open.length === 0
  if (isBound) return
  const hasNetworks = (source.allowedIps ?? provider.publishedNetworks ?? source.allowedAsns) !== undefined
  if (hasNetworks && (source.requireSourceIp || source.level === 'maximum')) return
  const credentials = `The source ${source.name} accepts ${open.map(coverage).join(' and ')}`
  const subject = `source ${source.name}`
  if (!hasNetworks)
    yield { subject, evidence: `${credentials}. No networks are listed.`, ...remedyOf(source, provider) }
  else
    yield {
      subject,
      severity: 'medium',
      evidence: `${credentials}. Its level tolerates deliveries from other networks than those that are listed.`,
      remedy: `Set requireSourceIp: postern sources show ${source.name} prints the document, postern sources put replaces it.`,
    }
}

/** Undefined if the ESP can sign. */
function remedyOf({ name }: Source, { title, authMethods, offeredNetworks }: Provider): { remedy?: string } {
  if (authMethods.some(({ covers }) => covers === 'body')) return {}
  const networks =
    offeredNetworks === undefined
      ? 'its networks, if it publishes them,'
      : `the networks that it is said to publish (compare them with its pages: ${offeredNetworks.join(', ')})`
  return {
    remedy: `${title} cannot sign the body. List ${networks} in allowedIps, and set requireSourceIp: postern sources show ${name} prints the document, postern sources put replaces it.`,
  }
}

const coverage = ({ name, covers }: AuthMethod): string =>
  covers === 'part'
    ? `the method ${name}, which covers a part of a delivery and not its body`
    : `the method ${name}, which covers nothing of a delivery`
