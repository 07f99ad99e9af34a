/** The Worker in which schemes are measured, with the WebCrypto of production. Node's waits for another thread. */
import { measure } from '../measure.ts'
import { ROWS } from '../schemes/index.ts'
import { CERTIFICATES } from '../schemes/sns.ts'

export default {
  /** `?row=<name>&rounds=<n>&turnMs=<n>&warmUpMs=<n>` → a `Measured` as JSON. */
  async fetch(request) {
    // Fetches of the libraries return here, for the certificate of the simulated signer.
    const certificate = CERTIFICATES.get(request.url)
    if (certificate !== undefined) return new Response(certificate)
    const query = new URL(request.url).searchParams
    const row = ROWS.find(({ name }) => name === query.get('row'))
    if (row === undefined) return new Response('no such row', { status: 404 })
    const number = (name: string) => Number(query.get(name))
    const effort = { rounds: number('rounds'), turnMs: number('turnMs'), warmUpMs: number('warmUpMs') }
    return Response.json(await measure(row, effort))
  },
} satisfies ExportedHandler
