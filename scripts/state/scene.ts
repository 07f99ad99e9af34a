/** Makes a state that has something of every stored form. Each step waits until what it made is stored. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { drillRoutes } from '../../src/api/drills.ts'
import { emailServiceEvent } from '../../src/simulator/email-service.ts'
import type { Account, OutgoingRequest, SimulatedEvent } from '../../src/simulator/sender.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { type OpenedAccount, openAccount } from './accounts.ts'
import { type Deployment, ENDPOINT, type Posted, SECRETS } from './deployment.ts'

/** The accounts by the name of their source, which is that of the provider. */
export type Accounts = ReadonlyMap<string, OpenedAccount>

/** Recipients whose events the endpoint `flaky` refuses: of the first until it is dead, of the second a few times. */
export const DOOMED = 'doomed@example.com'
export const UNLUCKY = 'unlucky@example.com'

/** The status with which the endpoints answer while the state is made. */
export const endpointOfScene = ({ endpoint, body }: Posted): number => {
  if (endpoint === 'gone') return 410
  return endpoint === 'flaky' && (body.includes(DOOMED) || body.includes(UNLUCKY)) ? 503 : 200
}

/** A minute is watched ten seconds after its end. */
const INCIDENT_PATIENCE_MS = 150_000
const PATIENCE_MS = 30_000
const QUIET_MS = 1_500

/** Forged delivery: of another account of the same ESP. */
const FORGED = 20

/** Slots whose secret was rotated before the account's own became active. */
const ROTATED: readonly (readonly [source: string, slot: string, leaked: boolean])[] = [
  ['generic', 'hmac', false],
  ['sendgrid', 'public_key', false],
  ['resend', 'signing_secret', true],
]

/** Opens an account at each ESP. */
export async function openAccounts(): Promise<Accounts> {
  const accounts = new Map<string, OpenedAccount>()
  for (const { provider } of SENDERS) accounts.set(provider, await openAccount(provider))
  return accounts
}

/** Files that the accounts serve, by URL. */
export const servedBy = (accounts: Iterable<Account>): ReadonlyMap<string, string> =>
  new Map([...accounts].flatMap(({ serves = {} }) => Object.entries(serves)))

const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

let counter = 0

export const newEvent = (kind: string, change: Partial<SimulatedEvent> = {}): SimulatedEvent => ({
  kind,
  messageId: `state-${Date.now().toString(36)}-${++counter}`,
  recipient: `person.${counter}@example.com`,
  occurredAtSeconds: nowSeconds(),
  ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
  ...(kind === 'email.clicked' ? { url: 'https://example.net/offer?a=1' } : {}),
  ...change,
})

/** Event without a recipient, which gets into quarantine. */
const UNREADABLE = newEvent('email.bounced', { recipient: '' })

/** A hundred of them do not fit into two messages, and fifty-five do. */
const longEvents = (count: number): SimulatedEvent[] =>
  Array.from({ length: count }, () => newEvent('email.clicked', { url: LONG_URL }))

const LONG_URL = `https://example.net/${'a'.repeat(2_000)}`

/** Makes all that an installation stores, but for what {@link leaveInQueue} makes. */
export async function makeScene(deployment: Deployment, accounts: Accounts): Promise<void> {
  await makeSources(deployment, accounts)
  await makeDestinations(deployment)
  await deployment.call('PUT', '/api/channels/ops', {
    kind: 'webhook',
    url: `${ENDPOINT}/alerts`,
    grouping_seconds: 0,
    secrets: { signing_secret: whsec(9) },
  })
  await deployment.call('PUT', '/api/sources/generic/capture', {})
  await deployment.call('PUT', '/api/sources/mailersend/setup', {})
  await deliverEverything(deployment, accounts)
  await attack(deployment, accounts)
  await failDeliveries(deployment, accounts)
  await operate(deployment)
  await sendUnreadable(deployment)
  await waitForIncident(deployment)
  await deployment.call('POST', '/api/backups', {})
  await deployment.call('POST', '/api/drills', drillRoutes.recordDrill.example)
}

async function makeSources({ call }: Deployment, accounts: Accounts): Promise<void> {
  for (const [name, { account }] of accounts) {
    const rotated = ROTATED.find(([source]) => source === name)
    const older = rotated === undefined ? account : (await openAccount(name)).account
    await call('PUT', `/api/sources/${name}`, { ...older.document, ratePerMinute: 6_000 })
    if (rotated === undefined) continue
    const [, slot, emergency] = rotated
    const value = (account.document['secrets'] as Record<string, unknown>)[slot]
    await call('POST', `/api/sources/${name}/secrets/${slot}/rotate`, { value, emergency })
  }
  // A generated value that nobody has fetched yet, with its link.
  await call('POST', '/api/sources/standard-webhooks/secrets/signing_secret/rotate', {})
}

const whsec = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`

const DESTINATIONS: Readonly<Record<string, object>> = {
  app: { headers: { authorization: 'Bearer of-a-recorded-state' }, start: 'oldest' },
  flaky: { concurrency: 1 },
  gone: {},
  original: { form: 'original', paused: true, filter: { sources: ['generic'] } },
  paused: { paused: true, ed25519: true },
  batches: {
    batch: { max_events: 10, max_wait_seconds: 1 },
    personal: 'pseudonym',
    filter: { types: ['email.delivered', 'email.bounced'] },
  },
}

async function makeDestinations({ call }: Deployment): Promise<void> {
  for (const [name, document] of Object.entries(DESTINATIONS))
    await call('PUT', `/api/destinations/${name}`, {
      url: `${ENDPOINT}/${name}`,
      secrets: { signing_secret: whsec(1) },
      ...document,
    })
  await call('POST', '/api/destinations/app/secrets/signing_secret/rotate', { value: whsec(2) })
}

/** Deliveries of each source, a large one, a copy, and one that nobody understands. */
async function deliverEverything(deployment: Deployment, accounts: Accounts): Promise<void> {
  for (const [name, { account }] of accounts) {
    for (const kind of account.kinds.slice(0, 4)) await deliver(deployment, name, account, [newEvent(kind)])
  }
  const generic = accountOf(accounts, 'generic')
  await deliver(
    deployment,
    'generic',
    generic,
    generic.kinds.map((kind) => newEvent(kind)),
  )
  const copy = await generic.deliver([newEvent('email.delivered')], nowSeconds())
  for (let i = 0; i < 2; i++) await deployment.deliver('generic', copy)
  await deliver(deployment, 'generic', generic, [newEvent('email.teleported')])
  await deliver(deployment, 'generic', generic, [UNREADABLE])
  await deliver(deployment, 'generic', generic, longEvents(100))
  await deployment.runtime.emailService(emailServiceEvent(newEvent('email.bounced')))
  await settled(deployment)
}

const accountOf = (accounts: Accounts, name: string): Account => {
  const opened = accounts.get(name)
  if (opened === undefined) throw new Error(`no account at ${name}`)
  return opened.account
}

async function deliver(
  deployment: Deployment,
  name: string,
  account: Account,
  events: readonly SimulatedEvent[],
): Promise<void> {
  const request = await account.deliver(events, nowSeconds())
  const answer = await deployment.deliver(name, request)
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${answer.body.toString()}`)
}

/** As the edge passes on what comes from the address. */
const from = (address: string, request: OutgoingRequest): OutgoingRequest => ({
  ...request,
  headers: { ...request.headers, 'cf-connecting-ip': address },
})

/** Refusals, captured deliveries, and what becomes an incident. */
async function attack(deployment: Deployment, accounts: Accounts): Promise<void> {
  const { account: forger } = await openAccount('generic')
  for (let i = 0; i < FORGED; i++) {
    const request = await forger.deliver([newEvent('email.delivered')], nowSeconds())
    const { status } = await deployment.deliver('generic', from('203.0.113.7', request))
    if (status !== 401) throw new Error(`a forged delivery got ${status}`)
  }
  // A stored delivery wakes the watch.
  await deliver(deployment, 'generic', accountOf(accounts, 'generic'), [newEvent('email.delivered')])
}

/** A delivery that is given up and one that waits at `flaky`, without opening its circuit. */
async function failDeliveries(deployment: Deployment, accounts: Accounts): Promise<void> {
  const { call } = deployment
  const generic = accountOf(accounts, 'generic')
  const fill = Array.from({ length: 30 }, () => newEvent('email.delivered'))
  await deliver(deployment, 'generic', generic, fill)
  await deliver(deployment, 'generic', generic, [newEvent('email.delivered', { recipient: DOOMED })])
  await until('a delivery that is given up', async () => {
    await call('POST', '/api/destinations/flaky/waiting/retry', {})
    return (await listed(deployment, '/api/destinations/flaky/given-up')).length > 0
  })
  await deliver(deployment, 'generic', generic, [newEvent('email.delivered', { recipient: UNLUCKY })])
  await until('a waiting delivery', async () => {
    return (await listed(deployment, '/api/destinations/flaky/waiting')).length > 0
  })
}

/** Tokens, a session, suppressions by hand, and an erased person. */
async function operate({ call, url }: Deployment): Promise<void> {
  await call('POST', '/api/tokens', {
    name: 'reader',
    role: 'viewer',
    sources: ['generic'],
    expires_in_days: 365,
  })
  const { id } = (await call('POST', '/api/tokens', { name: 'old', role: 'operator' })) as { id: string }
  await call('DELETE', `/api/tokens/${id}`)
  const entered = await send(new URL('/login', url), {
    method: 'POST',
    headers: { origin: url.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams({ token: SECRETS.ADMIN_TOKEN }).toString()),
  })
  if (entered.status !== 303) throw new Error(`the log-in got ${entered.status}`)
  await call('POST', '/api/suppressions', { address: 'by.hand@example.com', note: 'asked by telephone' })
  await call('POST', '/api/suppressions', { address: 'by.hand@example.com', scope: 'list:news' })
  await call('POST', '/api/suppressions', { address: 'lifted@example.com' })
  await call('DELETE', '/api/suppressions/lifted@example.com')
  await call('POST', '/api/people/erase', { address: 'erased@example.com', keep_suppression: true })
  await call('PUT', '/api/retention', {
    events: 500,
    events_by_type: { 'email.opened': 450 },
    holds: [
      { source: 'generic', reason: 'dispute 4711' },
      { person: 'held@example.com', reason: 'asked for by telephone' },
    ],
  })
}

/** A dead letter, which the first queue would make only in an hour, and a message that is tried again. */
async function sendUnreadable(deployment: Deployment): Promise<void> {
  const { EVENTS, DEAD } = await deployment.runtime.bindings<Record<'EVENTS' | 'DEAD', Queue>>('consumer')
  const envelope = { version: 1, source: 'generic' }
  await DEAD.send(
    // Of version 1 of the master key, but not sealed under it.
    {
      ...envelope,
      key: 'req_000000000000000000000001/0',
      kind: 'inline',
      sealed: new Uint8Array(64).fill(1),
    },
    { contentType: 'v8' },
  )
  const key = 'req_000000000000000000000002/0'
  const queueSealer = sealer(readMasterKeys(SECRETS.MASTER_KEY), 'queue')
  const ofLaterVersion = await queueSealer.seal(utf8(JSON.stringify({ version: 1_000 })), key)
  await EVENTS.send({ ...envelope, key, kind: 'inline', sealed: ofLaterVersion }, { contentType: 'v8' })
  await until('a dead letter', async () => (await listed(deployment, '/api/dead-letters')).length > 0)
  await until('a message that is tried again', async () => {
    const { retrying } = (await deployment.call('GET', '/api/health')) as { retrying: unknown[] }
    return retrying.length > 0
  })
}

/** The attack as an incident that an operator works on. */
async function waitForIncident(deployment: Deployment): Promise<void> {
  // The dead letters are an incident of the installation.
  const attacks = () => listed(deployment, '/api/incidents?source=generic')
  await until('an incident', async () => (await attacks()).length > 0, INCIDENT_PATIENCE_MS)
  await until('a notice', async () => {
    const channel = await deployment.call('GET', '/api/channels/ops')
    return (channel as { status: { state: string } | null }).status?.state === 'working'
  })
  const [attacked] = (await attacks()) as [{ readonly number: number }]
  const path = `/api/incidents/${attacked.number}`
  await deployment.call('POST', `${path}/acknowledge`, { assignee: 'ada' })
  await deployment.call('POST', `${path}/contain`, { action: 'block', network: '203.0.113.0/24' })
}

/**
 * Delivers what is to wait in the queue: a message, two messages of one delivery, one with a pointer to a large delivery, a
 * quarantined item, and an event of Cloudflare's Email Service.
 *
 * @returns ids of the messages that the events are about
 */
export async function leaveInQueue(deployment: Deployment, accounts: Accounts): Promise<string[]> {
  const generic = accountOf(accounts, 'generic')
  const ids: string[] = []
  const noted = (event: SimulatedEvent): SimulatedEvent => {
    ids.push(event.messageId)
    return event
  }
  for (const name of ['generic', 'sendgrid', 'ses', 'postmark'])
    await deliver(deployment, name, accountOf(accounts, name), [noted(newEvent('email.delivered'))])
  await deliver(deployment, 'generic', generic, [noted(newEvent('email.bounced')), UNREADABLE])
  await deliver(deployment, 'generic', generic, longEvents(55).map(noted))
  await deliver(deployment, 'generic', generic, longEvents(100).map(noted))
  await deployment.runtime.emailService(emailServiceEvent(noted(newEvent('email.delivered'))))
  await settled(deployment)
  return ids
}

async function settled({ runtime }: Deployment): Promise<void> {
  if (!(await runtime.drained(PATIENCE_MS))) throw new Error('the queue was not empty in time')
  await sleep(QUIET_MS)
}

async function listed({ console }: Deployment, path: string): Promise<unknown[]> {
  const lists = Object.values(jsonOf(await console.get(path)) ?? {}).filter((value) => Array.isArray(value))
  return (lists[0] as unknown[] | undefined) ?? []
}

async function until(what: string, holds: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  const untilMs = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come within ${patienceMs / 1_000} s`)
    await sleep(200)
  }
}
