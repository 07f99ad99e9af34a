/** The consumer, whose destinations can also be told to run a bare loop of fetches, in the same isolate. */
import consumer, { type ConsumerEnv } from '../../src/consumer/index.ts'
import { Destination as RealDestination } from '../../src/destinations/index.ts'

export class Destination extends RealDestination {
  /** Posts the same bytes again and again: no store, no signature, no deadline, nothing remembered. */
  async bare(url: string, bytes: number, count: number, connections: number): Promise<void> {
    const body = new Uint8Array(bytes).fill(120)
    let left = count
    const connection = async (): Promise<void> => {
      while (left-- > 0) {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        await answer.arrayBuffer()
      }
    }
    await Promise.all(Array.from({ length: connections }, connection))
  }
}

type BenchEnv = Omit<ConsumerEnv, 'DESTINATIONS'> & {
  readonly DESTINATIONS: DurableObjectNamespace<Destination>
}

export default {
  ...consumer,
  /** `?url=…&bytes=<n>&count=<n>&connections=<n>`: runs the bare loop to its end. */
  async fetch(request, env) {
    const query = new URL(request.url).searchParams
    const number = (name: string) => Number(query.get(name))
    await env.DESTINATIONS.getByName('bare').bare(
      query.get('url') ?? '',
      number('bytes'),
      number('count'),
      number('connections'),
    )
    return Response.json({})
  },
} satisfies ExportedHandler<BenchEnv>
