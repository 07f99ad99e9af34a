/** The level of a source whose document names none: the less the proof says of the event, the more the checks must. */
import type { Level } from '../event/decision.ts'
import type { MethodOfProof, Provider } from '../providers/provider.ts'
import type { SourceConfig } from './document.ts'
import { isUsable } from './secrets/methods.ts'

/**
 * `standard` where every way in covers the body. Elsewhere a captured request lets a stranger write others: `maximum` where
 * it is known from where the sender calls, so that a delivery from elsewhere is refused, else `enhanced`.
 *
 * @param filled names of the slots that hold a secret
 */
export function defaultLevel(provider: Provider, config: SourceConfig, filled: ReadonlySet<string>): Level {
  const { require, methods } = config.auth
  const ways = provider.methodsOfProof.filter(
    (method) => (methods?.includes(method.name) ?? true) && isUsable(method, filled),
  )
  const covers = ({ covers }: MethodOfProof): boolean => covers === 'body'
  // Of several ways of which one is enough, the weakest counts.
  if (require === 'all' ? ways.some(covers) : ways.every(covers)) return 'standard'
  return (config.allowedIps ?? provider.publishedNetworks) === undefined ? 'enhanced' : 'maximum'
}
