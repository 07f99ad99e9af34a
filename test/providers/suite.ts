/**
 * The tests that every provider must pass. Each provider's own test file calls it once and adds its own cases:
 *
 *     describeProvider(sender, provider, { signsTime: true, batches: false })
 */
import { describe, expect, it } from 'vitest'
import type { Account, SimulatedEvent, OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import type { Contents } from '../../src/event/envelope.ts'
import type { Verified } from '../../src/gateway/authenticate/verified.ts'
import { AHEAD_MAX_SECONDS, replayWindow } from '../../src/gateway/check/replay.ts'
import { statusOf } from '../../src/gateway/respond.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import { describeHostileInput } from './hostile.ts'
import {
  NOW_SECONDS,
  RECIPIENT,
  anySimulatedEvent,
  simulated,
  withHeader,
  withText,
} from './simulated-events.ts'
import { type Judged, judge, read, sent } from './judge.ts'
import { readItem } from './natives.ts'
import { proofPlaces } from './proof-places.ts'

export interface SuiteOptions {
  /** The proof covers a time, so that an old delivery can be told. */
  readonly signsTime: boolean
  /** Whether a delivery may have several events. */
  readonly batches: boolean
  /** Every try is signed anew, and is still the same delivery. */
  readonly signedAnew?: boolean
  /** The message id as the provider reads it, where the ESP adds to it, has none, or another for some kinds. */
  readonly messageId?: (messageId: string, kind: string) => string | null
  /** The batch's body with one item that makes no sense; without it, `null` becomes the first item of a JSON array. */
  readonly poison?: (body: string) => string
  /** Members of a JSON body that carry the proof, as dotted paths: `signature.token`. */
  readonly bodyProof?: readonly string[]
  /** Proof headers that may come twice without harm: lists, of which one right entry is enough. */
  readonly lists?: readonly string[]
  /** The ESP reports one kind of event, which therefore has no name that could be unknown. */
  readonly oneKind?: boolean
  /** Objects that are no item of this ESP, besides null, a list, a text and a number. */
  readonly unreadable?: readonly unknown[]
  /** True if the payload's form is not known, so that every event is `email.unknown`: only the credentials are tested here. */
  readonly payloadUnknown?: boolean
}

export function describeProvider(sender: Sender, provider: Provider, options: SuiteOptions): void {
  describe(`${provider.title} and its simulated sender`, () => {
    it('go by the same name', () => {
      expect(sender.provider).toBe(provider.name)
    })
    it('answer 4xx to what is not verified or never will be right, and ask for another try of what will pass', () => {
      for (const code of [
        'signature_mismatch',
        'secret_missing',
        'checks_failed',
        'body_too_large',
        'token_reused',
      ] as const)
        expect(String(statusOf(code, provider)), code).toMatch(/^4[0-9]{2}$/)
      for (const code of [
        'queue_unavailable',
        'copy_in_flight',
        'proof_unavailable',
        'rate_limited',
      ] as const)
        expect(String(statusOf(code, provider)), code).toMatch(/^(?:429|5[0-9]{2})$/)
    })
    describeProof(sender, provider, options)
    if (options.payloadUnknown !== true) describeWords(sender, provider, options)
    describeHostileInput(sender, provider)
  })
}

type Change = readonly [what: string, change: (value: string) => string | null]

/** Changes each part of the credentials, one at a time. */
const CHANGES: readonly Change[] = [
  ['missing', () => null],
  ['empty', () => ''],
  ['blank', () => ' '],
  ['doubled', (value) => `${value}, ${value}`],
  ['cut short', (value) => value.slice(0, -1)],
  ['with a trailing character', (value) => `${value}0`],
  ['huge', (value) => value + 'A'.repeat(60_000)],
]

function describeProof(sender: Sender, provider: Provider, options: SuiteOptions): void {
  it('admits a delivery as it was sent', async () => {
    const { judged } = await delivered(sender)
    expect(judged).toMatchObject({ ok: true })
  })

  it('refuses a delivery of another account', async () => {
    const [ours, theirs] = [await sender.open(), await sender.open()]
    const request = await theirs.deliver([anySimulatedEvent(theirs)], NOW_SECONDS)
    expect(await judge(ours, request)).toMatchObject({ ok: false })
  })

  it('refuses everything while the source has no secret', async () => {
    const { account, request } = await delivered(sender)
    const bare = await judge(account, request, NOW_SECONDS, (source) => ({ ...source, secrets: {} }))
    expect(bare).toEqual({ ok: false, refusal: { code: 'secret_missing' } })
  })

  it('declares the same coverage as its credentials do', async () => {
    const { request, judged } = await delivered(sender)
    if (!judged.ok) throw new Error(judged.refusal.code)
    const { methods, coversBody, claim, signedAtSeconds } = judged.value
    const way = provider.authMethods.find(({ name }) => name === methods[0])
    // A signature that does not cover the body is valid for one body only; credentials are valid for any.
    const covers = coversBody ? 'body' : claim.singleUse ? 'part' : 'nothing'
    expect(way?.covers).toBe(covers)
    expect(coversBody).toBe(request.bodyIsSigned)
    // By that time the guard decides whether it may have forgotten that the identity was used.
    if (claim.singleUse) expect(signedAtSeconds).toBeTypeOf('number')
  })

  it('detects a changed body if the body is signed', async () => {
    const { account, request } = await delivered(sender)
    const changed = withText(request, 'lovelace', 'somebody')
    expect(changed).not.toEqual(request)
    expect(await judge(account, changed)).toMatchObject({ ok: !request.bodyIsSigned })
  })

  it.each(CHANGES)('refuses credentials that are %s, in each place', async (what, change) => {
    const { account, request } = await delivered(sender)
    const places = proofPlaces(account, request, options.bodyProof ?? [])
    expect(places).not.toEqual([])
    for (const place of places) {
      if (what === 'doubled' && options.lists?.includes(place.name) === true) continue
      const judged = await judge(account, place.change(change))
      expect(judged, `${place.name} ${what}`).toMatchObject({ ok: false })
    }
  })

  it('ignores headers that the signature does not cover', async () => {
    const { account, request, judged } = await delivered(sender)
    const more = withHeader(withHeader(request, 'x-request-id', 'b'), 'user-agent', 'other')
    expect(claimOf(await judge(account, more))).toEqual(claimOf(judged))
  })

  it('admits deliveries of the old and of the new account while both secrets are held', async () => {
    const [old, next] = [await sender.open(), await sender.open()]
    const both: Account = {
      ...old,
      document: { ...old.document, secrets: joined(secretsOf(old), secretsOf(next)) },
      serves: { ...old.serves, ...next.serves },
    }
    for (const account of [old, next]) {
      const request = await account.deliver([anySimulatedEvent(account)], NOW_SECONDS)
      expect(await judge(both, request)).toMatchObject({ ok: true })
    }
  })

  it('detects old and future deliveries if a time is signed', async () => {
    const account = await sender.open()
    const windowSeconds = provider.replayWindowSeconds
    const aheadSeconds = Math.min(windowSeconds, AHEAD_MAX_SECONDS)
    for (const awaySeconds of [-windowSeconds - 1, -windowSeconds, 0, aheadSeconds, aheadSeconds + 1]) {
      const request = await account.deliver([anySimulatedEvent(account)], NOW_SECONDS + awaySeconds)
      const judged = await judge(account, request)
      expect(judged).toMatchObject({ ok: true })
      const signedAtSeconds = judged.ok ? judged.value.signedAtSeconds : undefined
      expect(signedAtSeconds).toBe(options.signsTime ? NOW_SECONDS + awaySeconds : undefined)
      const inWindow = !options.signsTime || (awaySeconds >= -windowSeconds && awaySeconds <= aheadSeconds)
      expect(replayWindow(signedAtSeconds, windowSeconds, NOW_SECONDS)).toMatchObject({ ok: inWindow })
    }
  })

  it('recognizes the retry of a delivery', async () => {
    const account = await sender.open()
    const simulatedEvents = [anySimulatedEvent(account)]
    const first = await judge(account, await account.deliver(simulatedEvents, NOW_SECONDS))
    const retry = await judge(
      account,
      await account.deliver(simulatedEvents, NOW_SECONDS + 7),
      NOW_SECONDS + 7,
    )
    if (options.signedAnew === true) expect(claimOf(retry)).toEqual(claimOf(first))
    else expect(retry).toMatchObject({ ok: true })
  })

  it('computes the same claim for the same bytes at any time', async () => {
    const { account, request, judged } = await delivered(sender)
    const later = NOW_SECONDS + provider.replayWindowSeconds
    expect(judged).toMatchObject({ ok: true })
    expect(claimOf(await judge(account, request, later))).toEqual(claimOf(judged))
  })

  it('makes different claims for different deliveries', async () => {
    const { account, judged } = await delivered(sender)
    const other = await account.deliver(
      [{ ...anySimulatedEvent(account), messageId: 'other@example.net' }],
      NOW_SECONDS,
    )
    expect(claimOf(judged)).not.toEqual(claimOf(await judge(account, other)))
  })
}

function describeWords(sender: Sender, provider: Provider, options: SuiteOptions): void {
  const messageId = options.messageId ?? ((id: string) => id)

  it('reads every kind that the ESP reports', async () => {
    const account = await sender.open()
    expect(account.kinds.length).toBeGreaterThan(0)
    for (const kind of account.kinds) {
      const what = simulated(kind)
      const { events, quarantined } = await sendAndRead(provider, account, [what])
      expect(quarantined, kind).toEqual([])
      expect(events, kind).toMatchObject([
        {
          type: kind,
          recipient: account.nameless?.includes(kind) === true ? null : RECIPIENT,
          message_id: messageId(what.messageId, kind),
          source: 'suite',
        },
      ])
      if (kind === 'email.clicked') expect(events[0]?.url).toBe(what.url)
      if (kind === 'email.bounced') expect(events[0]?.bounce_type).toBe('hard')
    }
  })

  it('distinguishes soft from hard bounces', async () => {
    const account = await sender.open()
    if (!account.kinds.includes('email.bounced')) return
    const { events } = await sendAndRead(provider, account, [simulated('email.bounced', { bounce: 'soft' })])
    expect(events).toHaveLength(1)
    expect(events[0]?.bounce_type).not.toBe('hard')
  })

  if (options.unreadable !== undefined)
    it.each([null, [], 'text', 7, ...options.unreadable])('cannot read the item %j', (nonsense) => {
      expect(readItem(provider, nonsense)).toBeUndefined()
    })

  if (options.oneKind !== true)
    it('stores an event with an unknown native type', async () => {
      const account = await sender.open()
      const { events, quarantined } = await sendAndRead(provider, account, [simulated('made_up_by_us')])
      expect(quarantined).toEqual([])
      expect(events).toMatchObject([{ type: 'email.unknown' }])
      expect(events[0]?.native_type).toContain('made_up_by_us')
    })

  it('gives an event the same id when the ESP sends it again, and another to another', async () => {
    const account = await sender.open()
    for (const kind of account.kinds) {
      const ids = async (changes: Partial<SimulatedEvent>, nowSeconds: number) => {
        const request = await account.deliver([simulated(kind, changes)], nowSeconds)
        return (await read(provider, request, nowSeconds)).events.map(({ id }) => id)
      }
      const first = await ids({}, NOW_SECONDS)
      expect(await ids({}, NOW_SECONDS + 7), kind).toEqual(first)
      expect(await ids({ messageId: 'other@example.net' }, NOW_SECONDS), kind).not.toEqual(first)
      expect(await ids({ recipient: 'bo@example.com' }, NOW_SECONDS), kind).not.toEqual(first)
    }
  })

  it('has as many events as the options say', async () => {
    const account = await sender.open()
    const two = ['ada@example.com', 'bo@example.com'].map((recipient) => ({
      ...anySimulatedEvent(account),
      recipient,
    }))
    const { events } = await sendAndRead(provider, account, two)
    expect(events).toHaveLength(options.batches ? 2 : 1)
  })

  if (options.batches)
    it('loses none of a batch for one item that makes no sense', async () => {
      const account = await sender.open()
      const recipients = Array.from({ length: 1_000 }, (_, i) => `r${i}@example.com`)
      const kind = anySimulatedEvent(account).kind
      const request = await account.deliver(
        recipients.map((recipient) => simulated(kind, { recipient })),
        NOW_SECONDS,
      )
      const poison = options.poison ?? ((body: string) => body.replace('[', '[null,'))
      const body = new TextEncoder().encode(poison(new TextDecoder().decode(request.body)))
      const { events, quarantined } = await read(provider, { ...request, body })
      expect(events.map(({ recipient }) => recipient)).toEqual(recipients)
      expect(quarantined).toHaveLength(1)
    })
}

interface Delivered {
  readonly account: Account
  readonly request: OutgoingRequest
  readonly judged: Judged
}

async function delivered(sender: Sender): Promise<Delivered> {
  const { account, request } = await sent(sender)
  return { account, request, judged: await judge(account, request) }
}

/** Verifies the delivery first, so that it reads what the gateway would read. */
async function sendAndRead(
  provider: Provider,
  account: Account,
  simulatedEvents: readonly SimulatedEvent[],
): Promise<Contents> {
  const request = await account.deliver(simulatedEvents, NOW_SECONDS)
  const judged = await judge(account, request)
  expect(judged).toMatchObject({ ok: true })
  return read(provider, request)
}

const claimOf = (judged: Judged): Verified['claim'] | string =>
  judged.ok ? judged.value.claim : `refused: ${judged.refusal.code}`

const secretsOf = (account: Account): Record<string, unknown> => ({
  ...(account.document['secrets'] as Record<string, unknown>),
})

/** The secrets of both accounts as a list for each slot. */
function joined(old: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const slots = new Set([...Object.keys(old), ...Object.keys(next)])
  return Object.fromEntries([...slots].map((slot) => [slot, [old[slot], next[slot]].flat()]))
}
