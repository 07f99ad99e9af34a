/** Deliveries of the drill: what both deployments must refuse alike, and genuine ones, which the temporary deployment alone gets. */
import { randomBytes } from 'node:crypto'
import type { Capture } from '../../../src/cli/capture.ts'
import { judge } from '../../../src/cli/judge.ts'
import type { Dump } from '../../../src/registry/backup/dump.ts'
import type { Given, OutgoingRequest, SimulatedEvent } from '../../../src/simulator/sender.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'

/** Real sources that get deliveries: three each stay below what the failure limiter allows one client in a minute. */
const SOURCES_MAX = 30
/** No replay window is as long. */
const OLD_SECONDS = 400 * 86_400

export const KINDS = ['unsigned', 'wrongly signed', 'signed correctly, with an old time', 'genuine'] as const
type Kind = (typeof KINDS)[number]

/** The kind that stores events. It never goes to the real deployment. */
export const GENUINE: Kind = 'genuine'

export interface DrillDelivery {
  readonly kind: Kind
  readonly source: string
  readonly request: OutgoingRequest
}

type DumpedSource = Dump['sources'][number]

/** Sources that get deliveries: one of each provider first, and before others those whose secrets can sign. */
export function chosen(sources: readonly DumpedSource[]): DumpedSource[] {
  const signing = sources.toSorted((a, b) => Number(canSign(b)) - Number(canSign(a)))
  const first = new Map(signing.toReversed().map((source) => [source.config.provider, source]))
  const ones = new Set(first.values())
  return signing.toSorted((a, b) => Number(ones.has(b)) - Number(ones.has(a))).slice(0, SOURCES_MAX)
}

const canSign = (source: DumpedSource): boolean => Object.keys(secretsOf(source)).length > 0

/** Deliveries for one source. A kind is missing if nothing can make it, as without the private key of an ESP. */
export async function deliveriesOf(source: DumpedSource, nowSeconds: number): Promise<DrillDelivery[]> {
  const { name, config } = source
  const sender = senderNamed(config.provider)
  const [forger, account] = [await sender?.open(), await sender?.open(secretsOf(source))]
  const event = eventOf(account?.kinds[0] ?? 'email.sent', nowSeconds)
  const wrong = await forger?.deliver([event], nowSeconds)
  const old = await account?.deliver([event], nowSeconds - OLD_SECONDS)
  const now = await account?.deliver([event], nowSeconds)
  const verdictOf = async (request: OutgoingRequest | undefined) =>
    request === undefined ? undefined : judge(captureOf(source, request, nowSeconds))
  const [ofWrong, ofOld, ofNow] = [await verdictOf(wrong), await verdictOf(old), await verdictOf(now)]
  const made: readonly (readonly [Kind, OutgoingRequest | undefined, boolean])[] = [
    ['unsigned', unsigned(now), true],
    ['wrongly signed', wrong, ofWrong?.kind === 'not_verified'],
    ['signed correctly, with an old time', old, ofOld?.kind === 'verified' && !ofOld.fresh],
    [GENUINE, now, ofNow?.kind === 'verified' && ofNow.fresh],
  ]
  return made.flatMap(([kind, request, isSo]) =>
    request !== undefined && isSo ? [{ kind, source: name, request }] : [],
  )
}

/** The newest accepted value of each slot, as a document has it. Keys that nothing can sign with are left out. */
function secretsOf({ secrets }: DumpedSource): Given {
  const found: Record<string, string> = {}
  for (const { slot, state, secret } of secrets) {
    if (state !== 'active' || secret === null) continue
    if (secret.kind === 'text') found[slot] = secret.text
    if (secret.kind === 'standard-webhooks') found[slot] = `whsec_${secret.key}`
  }
  return found
}

const captureOf = (source: DumpedSource, request: OutgoingRequest, nowSeconds: number): Capture => ({
  method: request.method,
  url: `https://postern.example/hooks/${source.name}${request.query}`,
  headers: Object.entries(request.headers),
  body: request.body,
  document: { ...source.config, secrets: {} },
  // They were checked when they were saved.
  secretsTaken: () => bySlot(source),
  certificates: {},
  nowSeconds,
})

function bySlot({ secrets }: DumpedSource) {
  const slots = Map.groupBy(
    secrets.flatMap(({ slot, state, secret }) =>
      secret === null || (state !== 'active' && state !== 'retiring') ? [] : [{ slot, secret }],
    ),
    ({ slot }) => slot,
  )
  return Object.fromEntries([...slots].map(([slot, ones]) => [slot, ones.map(({ secret }) => secret)]))
}

/** Nothing of a proof, wherever the ESP puts it. */
const unsigned = (like: OutgoingRequest | undefined): OutgoingRequest => ({
  method: 'POST',
  query: '',
  headers: { 'content-type': like?.headers['content-type'] ?? 'application/json' },
  body: Buffer.from('{}'),
  proofHeaders: [],
  bodyIsSigned: false,
})

const eventOf = (kind: string, nowSeconds: number): SimulatedEvent => ({
  kind,
  messageId: `drill-${randomBytes(9).toString('hex')}`,
  recipient: 'drill@example.com',
  occurredAtSeconds: nowSeconds - 1,
  ...(kind === 'email.bounced' ? { bounce: 'soft' } : {}),
})
