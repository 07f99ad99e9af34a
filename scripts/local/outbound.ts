/** What Workers fetch from outside while they run on this machine. */
import { type Request, Response, fetch } from 'miniflare'

/** Answers the given addresses from memory, and lets everything else go out. */
export const outboundFor =
  (known: ReadonlyMap<string, string>) =>
  async (request: Request): Promise<Response> => {
    const text = known.get(request.url)
    return text === undefined ? fetch(request) : new Response(text)
  }
