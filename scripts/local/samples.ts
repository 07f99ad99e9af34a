/**
 * Signed samples for the console of `npm start`. The console has no code that signs, and the secrets of a source never leave the
 * registry: so the sample brings its own, and the console puts them before it is sent.
 */
import { randomBytes } from 'node:crypto'
import { type Request, Response } from 'miniflare'
import { postTo } from '../../src/cli/sign/post.ts'
import { type Sample, sampleOf } from '../../src/cli/sign/sample.ts'

/**
 * `POST /` with the name of a provider makes one, and answers with its id and its source document. `POST /<id>` with a URL sends it, once.
 *
 * @param serves takes the texts that the gateway then fetches from the ESP, by URL
 */
export function sampler(
  serves: Map<string, string>,
  nowSeconds: () => number,
): (request: Request) => Promise<Response> {
  const made = new Map<string, Sample>()
  return async (request) => {
    const text = await request.text()
    const id = new URL(request.url).pathname.slice(1)
    const sample = made.get(id)
    made.clear()
    if (sample !== undefined) return Response.json({ status: await postTo(text, sample.request) })
    const next = await sampleOf(text, {
      kind: undefined,
      recipient: undefined,
      nowSeconds: nowSeconds(),
    })
    for (const [url, certificate] of Object.entries(next.account.serves ?? {})) serves.set(url, certificate)
    const key = randomBytes(8).toString('hex')
    made.set(key, next)
    return Response.json({ id: key, document: next.account.document })
  }
}
