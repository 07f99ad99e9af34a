/**
 * Writes `test/fixtures/<provider>/cases.json` from the simulated ESPs: recorded deliveries for
 * `npm run conformance -- test/fixtures`. Run it for a new provider:
 *
 *     node scripts/fixtures.ts            for providers that have no fixtures
 *     node scripts/fixtures.ts sendgrid   for these, overwriting
 *
 * Keys are new on each run, so do not rewrite fixtures: old ones prove that deliveries signed then are still accepted.
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account, SimulatedEvent, OutgoingRequest, Sender } from '../src/simulator/sender.ts'
import { SENDERS, senderNamed } from '../src/simulator/senders/index.ts'
import { ROOT } from './workers.ts'

const NOW_SECONDS = 1_764_000_000

/** Longer than the replay window of any provider. */
const STALE_SECONDS = 30 * 86_400

/** Its local part occurs nowhere else in a delivery, so that a test can tamper with it. */
const RECIPIENT = 'grace.hopper@example.com'

type Judgement = 'accept' | 'reject'
type Expected = Readonly<Record<string, unknown>>

const simulated = (kind: string): SimulatedEvent => ({
  kind,
  messageId: `fixture-${kind.replaceAll(/[._]/g, '-')}`,
  recipient: RECIPIENT,
  occurredAtSeconds: NOW_SECONDS - 60,
  ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
  ...(kind === 'email.clicked' ? { url: 'https://example.net/offer?a=1' } : {}),
})

/** The expected event, the same for all ESPs. An `email.unknown` has no recipient. */
const expectedOf = (
  { kind, recipient, url, bounce }: SimulatedEvent,
  { nameless = [] }: Account,
): Expected => ({
  type: kind,
  ...(kind === 'email.unknown' || nameless.includes(kind) ? {} : { recipient }),
  ...(url === undefined ? {} : { url }),
  ...(bounce === undefined ? {} : { bounce_type: bounce }),
})

async function casesOf(sender: Sender): Promise<object[]> {
  const [account, stranger] = [await sender.open(), await sender.open()]
  const [first] = account.kinds
  if (first === undefined) throw new Error(`${sender.provider} reports no kind of event`)
  const deliver = (by: Account, kind = first, nowSeconds = NOW_SECONDS) =>
    by.deliver([simulated(kind)], nowSeconds)
  const write = (
    name: string,
    request: OutgoingRequest,
    verdict: Judgement,
    events: readonly Expected[] = [],
    serves = account.serves,
  ) => caseOf({ sender, account, name, request, verdict, events, serves })

  const cases: object[] = []
  for (const kind of account.kinds) {
    const name = `accept-${kind.replace('email.', '').replaceAll('_', '-')}`
    cases.push(write(name, await deliver(account, kind), 'accept', [expectedOf(simulated(kind), account)]))
  }
  const complete = await deliver(account)
  // The ESP serves the stranger's certificate or key, too: the delivery is genuine, and another account's.
  const serves = account.serves && { ...account.serves, ...stranger.serves }
  cases.push(write('reject-other-account', await deliver(stranger), 'reject', [], serves))
  for (const header of complete.proofHeaders) {
    const { [header]: _, ...headers } = complete.headers
    cases.push(write(`reject-without-${header}`, { ...complete, headers }, 'reject'))
  }
  if (complete.bodyIsSigned) {
    const body = Buffer.from(Buffer.from(complete.body).toString('utf8').replaceAll('hopper', 'copper'))
    cases.push(write('reject-tampered-body', { ...complete, body }, 'reject'))
  }
  const past = NOW_SECONDS - STALE_SECONDS
  const stale = await deliver(account, first, past)
  if (containsTime(stale, past)) cases.push(write('reject-stale', stale, 'reject'))
  return cases
}

/** Whether the delivery contains the time at which it was sent. */
function containsTime({ headers, body }: OutgoingRequest, seconds: number): boolean {
  const text = [...Object.values(headers), Buffer.from(body).toString('utf8')].join('\n')
  return text.includes(String(seconds)) || text.includes(new Date(seconds * 1_000).toISOString().slice(0, 19))
}

interface Written {
  readonly sender: Sender
  readonly account: Account
  readonly name: string
  readonly request: OutgoingRequest
  readonly verdict: Judgement
  readonly events: readonly Expected[]
  readonly serves: Account['serves']
}

function caseOf({ sender, account, name, request, verdict, events, serves }: Written): object {
  const { provider, secrets, ...config } = account.document
  return {
    esp: provider,
    name,
    source: 'scripts/fixtures.ts',
    license: 'Apache-2.0',
    signature_origin: 'generated from the documented scheme',
    request: {
      method: request.method,
      url: `https://hooks.example.test/hooks/${sender.provider}${request.query}`,
      headers: request.headers,
      body_base64: Buffer.from(request.body).toString('base64'),
    },
    secrets: {
      ...(secrets as object),
      ...(serves === undefined ? {} : { certificates: serves }),
    },
    ...(Object.keys(config).length === 0 ? {} : { config }),
    now: NOW_SECONDS,
    expect: { verdict, events },
  }
}

const folderOf = (provider: string): string => join(ROOT, 'test', 'fixtures', provider)

const named = process.argv.slice(2)
const unknown = named.filter((name) => senderNamed(name) === undefined)
if (unknown.length > 0) {
  console.error(`No simulated ESP: ${unknown.join(', ')}`)
  process.exit(1)
}
const wanted =
  named.length > 0
    ? SENDERS.filter(({ provider }) => named.includes(provider))
    : SENDERS.filter(({ provider }) => !existsSync(folderOf(provider)))
for (const sender of wanted) {
  const cases = await casesOf(sender)
  await mkdir(folderOf(sender.provider), { recursive: true })
  const text = `[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`
  await writeFile(join(folderOf(sender.provider), 'cases.json'), text)
  console.log(`${sender.provider}: ${cases.length} cases`)
}
