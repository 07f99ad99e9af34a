/** Runs the gateway's own steps on a simulated request: reads the document, verifies the delivery, reads the body. */
import type { Account, OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import { ALL_PUBLIC } from '../gateway/authenticate/making.ts'
import { NO_CHECKS } from '../../src/event/decision.ts'
import type { DeliveryFacts } from '../../src/event/envelope.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { authenticate } from '../../src/gateway/authenticate/index.ts'
import type { Verified } from '../../src/gateway/authenticate/verified.ts'
import type { Outcome } from '../../src/gateway/outcome.ts'
import { toInstant } from '../../src/platform/time.ts'
import { providerNamed } from '../../src/providers/index.ts'
import type { Delivery } from '../../src/providers/shared/presented-credentials.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import { readDocument } from '../../src/registry/sources/read-document.ts'
import { wholePublicUrl } from '../../src/registry/sources/public-url.ts'
import type { Source } from '../../src/registry/sources/source.ts'
import { quarantinedBody } from '../../src/providers/shared/quarantine.ts'
import { type Understood, eventsOf, openBody, understand } from '../../src/providers/shared/understand.ts'
import { NOW_SECONDS, anySimulatedEvent, deliveryOf, verifiedBytesOf } from './simulated-events.ts'

export const FACTS = (provider: string, nowSeconds = NOW_SECONDS): DeliveryFacts => ({
  request_id: 'req_0',
  source: 'suite',
  provider,
  received_at: toInstant(nowSeconds * 1_000),
  methods: [],
  checks: NO_CHECKS,
  alerts: [],
  degraded: null,
})

export type Judged = Outcome<Verified>

/** A delivery of any event, from an account that was just opened. */
export async function sent(sender: Sender): Promise<{ account: Account; request: OutgoingRequest }> {
  const account = await sender.open()
  return { account, request: await account.deliver([anySimulatedEvent(account)], NOW_SECONDS) }
}

/**
 * Verifies a request against the account's source document. Fetches of the ESP's own URLs are answered from the account; all others
 * fail.
 *
 * @param change changes the source that the document describes
 */
export async function judge(
  account: Pick<Account, 'document' | 'serves'>,
  request: OutgoingRequest,
  nowSeconds = NOW_SECONDS,
  change: (source: Source) => Source = (source) => source,
): Promise<Judged> {
  const read = await readDocument(account.document, undefined)
  if (!read.ok) throw new Error(`the sender's document: ${JSON.stringify(read.problems)}`)
  const provider = providerNamed(read.config.provider)
  if (provider === undefined) throw new Error(`no provider ${read.config.provider} in src/providers/index.ts`)
  const source = change({ name: 'suite', version: 1, config: read.config, secrets: read.secrets })
  const { outcome } = await authenticate(deliveryOf(request, wholePublicUrl(source)), provider, source, {
    nowMs: nowSeconds * 1_000,
    fetch: fetchOf(account.serves ?? {}),
    hosts: ALL_PUBLIC,
  })
  return outcome
}

const fetchOf =
  (serves: Readonly<Record<string, string>>): typeof fetch =>
  (input) => {
    const text = serves[input instanceof Request ? input.url : String(input)]
    return text === undefined
      ? Promise.reject(new TypeError('network down'))
      : Promise.resolve(new Response(text))
  }

/** The events of a request as if it were verified, with the headers that the signature covers. */
export async function read(
  provider: Provider,
  request: OutgoingRequest,
  nowSeconds = NOW_SECONDS,
): Promise<Understood> {
  const { body, facts, opened } = asVerified(provider, request, nowSeconds)
  if (opened.kind === 'unreadable') {
    return { delivery: facts, events: [], quarantined: [quarantinedBody(body)], dropped: 0, defects: [] }
  }
  return understand(provider, opened.kind === 'items' ? opened.items : [], body, facts)
}

/** The events of each item in a request, without the check for required fields. */
export async function words(
  provider: Provider,
  request: OutgoingRequest,
  nowSeconds = NOW_SECONDS,
): Promise<readonly (readonly MailEvent[] | undefined)[]> {
  const { body, facts, opened } = asVerified(provider, request, nowSeconds)
  const items = opened.kind === 'items' ? opened.items : []
  return Promise.all(items.map((item) => eventsOf(provider, item, body, facts)))
}

function asVerified(provider: Provider, request: OutgoingRequest, nowSeconds: number) {
  const delivery = deliveryOf(request)
  const body = verifiedBytesOf(delivery, verifiedHeadersOf(provider, delivery))
  return { body, facts: FACTS(provider.name, nowSeconds), opened: openBody(provider, body) }
}

const verifiedHeadersOf = (provider: Provider, delivery: Delivery): ReadonlyMap<string, string> =>
  new Map(
    provider.authMethods.flatMap(({ credentials }) => {
      const presented = credentials(delivery, {})
      return presented.scheme === 'none' ? [] : [...(presented.verifiedHeaders ?? [])]
    }),
  )
