/** Answers outbound fetches of the local Workers. */
import { type Request, Response, fetch } from 'miniflare'
import { CONNECTION_REFUSED, NO_CONNECTION_HEADER } from '../../src/platform/no-connection.ts'

/** A Worker decides by itself whether to follow a redirect. */
export const network = (request: Request): Promise<Response> => fetch(request, { redirect: 'manual' })

/**
 * Answers the given URLs from memory. All other requests go to the network.
 *
 * @param onUnknown answers all other requests; if it returns undefined, the request is blocked with a 404
 */
export const outboundFor =
  (
    known: ReadonlyMap<string, string>,
    onUnknown: (request: Request) => Promise<Response> | undefined = network,
  ) =>
  async (request: Request): Promise<Response> => {
    const text = known.get(request.url)
    if (text !== undefined) return new Response(text)
    try {
      return (await onUnknown(request)) ?? new Response('not to be had here', { status: 404 })
    } catch (cause) {
      // A Worker would get an error of its own and no text.
      return new Response(`This machine cannot reach ${new URL(request.url).host}.`, {
        status: 502,
        headers: { [NO_CONNECTION_HEADER]: isRefused(cause) ? CONNECTION_REFUSED : 'failed' },
      })
    }
  }

/** Node's fetch wraps the error of the connection. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'ECONNREFUSED'
