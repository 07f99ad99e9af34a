/** Stage 1: from a request to a known source and the bytes of the body. Nothing is trusted yet. */
import { HOP_HEADER } from '../../event/hop.ts'
import { mediaType } from '../../platform/media-type.ts'
import type { ClientFacts, Delivery, DeliveryHead } from '../../providers/shared/presented-credentials.ts'
import { providerNamed } from '../../providers/index.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import { wholePublicUrl } from '../../registry/sources/public-url.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { isBlocked } from './blocked.ts'
import { isReadable, readBody } from './body.ts'
import type { BodyShare } from './body-memory.ts'
import type { FoundSource } from './sources.ts'

/** Room for the batches of nearly all ESPs. */
const DEFAULT_MAX_BODY_BYTES = 1_048_576

/** A source with its provider. */
export interface Known {
  readonly source: Source
  readonly provider: Provider
}

/** A request of which only the head has been read. */
export interface AcceptedHead extends Known {
  readonly head: DeliveryHead
  /** The size limit of the body. */
  readonly limitBytes: number
}

export function acceptHead(
  request: Request,
  { source, provider }: Known,
  client: ClientFacts,
): Outcome<AcceptedHead> {
  if (isBlocked(client, source)) return refuse({ code: 'address_blocked' })
  if (request.headers.has(HOP_HEADER)) return refuse({ code: 'delivery_looped' })
  const kind = acceptKind(request.method, mediaType(request.headers.get('content-type')), provider)
  if (!kind.ok) return kind
  if (!isReadable(request.headers)) return refuse({ code: 'content_encoding_unsupported' })
  return pass({
    source,
    provider,
    limitBytes: bodyLimitBytes({ source, provider }),
    head: headOf(request, client, source),
  })
}

export async function acceptBody(
  request: Request,
  { head, limitBytes }: Pick<AcceptedHead, 'head' | 'limitBytes'>,
  share: BodyShare,
): Promise<Outcome<Delivery>> {
  const body = await readBody(request, limitBytes, share)
  return body.ok ? pass({ ...head, body: body.value }) : body
}

/** The size limit of this source's bodies, both as sent and inflated. */
export const bodyLimitBytes = ({ source, provider }: Known): number =>
  source.config.maxBodyBytes ?? provider.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES

/** The source with its provider, or the refusal if there is none to use. */
export function knownSource(found: FoundSource): Outcome<Known> {
  if (found.state === 'unavailable') return refuse({ code: 'configuration_unavailable' })
  if (found.state === 'unknown') return refuse({ code: 'source_unknown' })
  const { source } = found
  const provider = providerNamed(source.config.provider)
  // A newer version of Postern saved it. This isolate, of the older version, ends soon.
  if (provider === undefined) return refuse({ code: 'configuration_unavailable' })
  return pass({ source, provider })
}

function headOf(request: Request, client: ClientFacts, source: Source): DeliveryHead {
  const { method, url } = request
  const { search, searchParams } = queryOf(url)
  const publicUrl = wholePublicUrl(source)
  return {
    method,
    url: publicUrl === undefined ? url : withQuery(publicUrl, search),
    query: searchParams,
    headers: request.headers,
    client,
  }
}

/** Most URLs have none, and then there is nothing to parse. */
const queryOf = (url: string) => (url.includes('?') ? new URL(url) : NO_QUERY)
const NO_QUERY = { search: '', searchParams: new URLSearchParams() }

/** The URL that the ESP calls. If the operator's `publicUrl` has a query, that is used. */
const withQuery = (publicUrl: string, search: string): string =>
  publicUrl.includes('?') ? publicUrl : publicUrl + search

/** Whether the provider uses this method and content type. Decided before the body is read. */
function acceptKind(method: string, mediaType: string | null, provider: Provider): Outcome<void> {
  if (!provider.methods.some((known) => known === method))
    return refuse({ code: 'method_not_allowed', allow: provider.methods })
  const bodiless = method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
  const { contentTypes } = provider
  if (bodiless || contentTypes === 'any' || (mediaType !== null && contentTypes.includes(mediaType)))
    return pass(undefined)
  return refuse({ code: 'content_type_unsupported' })
}
