/** Whether the provider uses this method and content type. Decided before the body is read. */
import type { Provider } from '../../providers/shared/provider.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

export function acceptKind(method: string, mediaType: string | null, provider: Provider): Outcome<void> {
  if (!provider.methods.some((known) => known === method))
    return refuse({ code: 'method_not_allowed', allow: provider.methods })
  const bodiless = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  const { contentTypes } = provider
  if (bodiless || contentTypes === 'any' || (mediaType !== null && contentTypes.includes(mediaType)))
    return pass(undefined)
  return refuse({ code: 'content_type_unsupported' })
}
