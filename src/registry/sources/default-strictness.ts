/** Default level of a source. The less of a delivery its credentials cover, the stricter the checks. */
import type { AuthMethod, Provider } from '../../providers/shared/provider.ts'
import type { SourceConfig } from './document.ts'
import { isUsable } from '../secrets/methods.ts'

export type Strictness = Pick<SourceConfig, 'level' | 'requireSourceIp'>

/**
 * `standard` if every usable auth method covers the body. If not, somebody who captures a request can forge others: the default
 * is `enhanced`, and if the sender's networks are known, deliveries from other addresses are refused.
 *
 * @param filled names of the slots with a secret
 */
export function defaultStrictness(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): Strictness {
  const { require, methods } = config.auth
  const usable = provider.authMethods.filter(
    (method) => (methods?.includes(method.name) ?? true) && isUsable(method, filled),
  )
  const covers = ({ covers }: AuthMethod): boolean => covers === 'body'
  // Nothing is accepted yet. The first secret decides, see `withStricterDefaults`.
  if (usable.length === 0) return { level: 'standard', requireSourceIp: false }
  // If one of several methods is enough, the weakest one counts.
  if (require === 'all' ? usable.some(covers) : usable.every(covers))
    return { level: 'standard', requireSourceIp: false }
  return {
    level: 'enhanced',
    requireSourceIp: (config.allowedIps ?? provider.publishedNetworks) !== undefined,
  }
}

/**
 * The settings after a call that changes the secret of a slot. If that makes a weaker auth method usable, the settings become
 * as strict as the default of a document would be, unless an operator chose other ones. Only a document makes them less strict.
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
