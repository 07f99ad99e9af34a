/** What Workers fetch from outside while they run on this machine. */
import { type Request, Response, fetch } from 'miniflare'

/**
 * Answers the given addresses from memory, and lets everything else go out.
 *
 * @param onUnknown hears of what is not known; by giving undefined it keeps it from going out
 */
export const outboundFor =
  (
    known: ReadonlyMap<string, string>,
    onUnknown: (request: Request) => Promise<Response> | undefined = (request) => fetch(request),
  ) =>
  async (request: Request): Promise<Response> => {
    const text = known.get(request.url)
    if (text !== undefined) return new Response(text)
    return (await onUnknown(request)) ?? new Response('not to be had here', { status: 404 })
  }
