/** The gateway's own steps over a simulated request: the document is read, the delivery proven, the body understood. */
import type { OutgoingRequest } from '../../scripts/simulator/sender.ts'
import type { Contents, DeliveryFacts } from '../../src/event/envelope.ts'
import { toInstant } from '../../src/platform/time.ts'
import type { Delivery } from '../../src/providers/evidence.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { openBody, quarantinedBody, understand } from '../../src/providers/understand.ts'
import { NOW_SECONDS, deliveryOf, provenBytesOf } from './happenings.ts'

export const FACTS = (provider: string, nowSeconds = NOW_SECONDS): DeliveryFacts => ({
  request_id: 'req_0',
  source: 'suite',
  provider,
  received_at: toInstant(nowSeconds * 1_000),
  methods: [],
  alerts: [],
  degraded: null,
})

/** The events of a request, as if it were proven: with the headers that the proof covers. */
export async function read(
  provider: Provider,
  request: OutgoingRequest,
  nowSeconds: number,
): Promise<Contents> {
  const delivery = deliveryOf(request)
  const body = provenBytesOf(delivery, provenHeadersOf(provider, delivery))
  const facts = FACTS(provider.name, nowSeconds)
  const opened = openBody(provider, body)
  if (opened.kind === 'unreadable') {
    return { delivery: facts, events: [], quarantined: [quarantinedBody(body)] }
  }
  return understand(provider, opened.kind === 'items' ? opened.items : [], body, facts)
}

const provenHeadersOf = (provider: Provider, delivery: Delivery): ReadonlyMap<string, string> =>
  new Map(
    provider.methodsOfProof.flatMap(({ evidence }) => {
      const presented = evidence(delivery, {})
      return presented.scheme === 'none' ? [] : [...(presented.provenHeaders ?? [])]
    }),
  )
