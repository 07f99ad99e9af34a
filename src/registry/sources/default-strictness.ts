/** How strict a source is whose document does not say: the less the proof says of the event, the more the checks must. */
import type { AuthMethod, Provider } from '../../providers/provider.ts'
import type { SourceConfig } from './document.ts'
import { isUsable } from '../secrets/methods.ts'

export type Strictness = Pick<SourceConfig, 'level' | 'requireSourceIp'>

/**
 * `standard` where every way in covers the body. Elsewhere a captured request lets a stranger write others: `enhanced`, and
 * where it is known from where the sender calls, a delivery from elsewhere is refused.
 *
 * @param filled names of the slots that hold a secret
 */
export function defaultStrictness(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): Strictness {
  const { require, methods } = config.auth
  const ways = provider.authMethods.filter(
    (method) => (methods?.includes(method.name) ?? true) && isUsable(method, filled),
  )
  const covers = ({ covers }: AuthMethod): boolean => covers === 'body'
  // Of several ways of which one is enough, the weakest counts.
  if (require === 'all' ? ways.some(covers) : ways.every(covers))
    return { level: 'standard', requireSourceIp: false }
  return {
    level: 'enhanced',
    requireSourceIp: (config.allowedIps ?? provider.publishedNetworks) !== undefined,
  }
}

/**
 * The settings of a source whose slots change by a call of their own. A weaker way in makes them stricter, as it would have
 * in the document, where they are what the document's default was. Nothing makes them less strict: that says a document.
 */
export function withStricterDefaults(
  provider: Provider,
  config: SourceConfig,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): SourceConfig {
  const was = defaultStrictness(provider, config, before)
  const isChosen = config.level !== was.level || config.requireSourceIp !== was.requireSourceIp
  const becomes = defaultStrictness(provider, config, after)
  const isWeaker = was.level === 'standard' && becomes.level !== 'standard'
  return isWeaker && !isChosen ? { ...config, ...becomes } : config
}
