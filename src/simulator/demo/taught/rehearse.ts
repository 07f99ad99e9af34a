/**
 * Plays the accounts of the demo in virtual time without sending anything, to know what each of them usually sends: how many deliveries,
 * with which events, how late and how large. What is taught from it fits what is sent later.
 */
import { providerNamed } from '../../../providers/index.ts'
import type { VerifiedBytes } from '../../../providers/shared/provider.ts'
import { openBody } from '../../../providers/shared/understand.ts'
import { POSSIBLE_EVENTS, type Random, lifecycleOf } from '../../mail.ts'
import type { Account, OutgoingRequest, SimulatedEvent } from '../../sender.ts'
import type { Delivered, Stage } from '../../stage.ts'
import { genuineDelivery, nextStage } from '../../turns.ts'

/** An event by Postern's type and by the ESP's own. */
export interface NamedEvent {
  readonly type: string
  readonly nativeType: string
}

export interface SampleDelivery {
  readonly events: readonly NamedEvent[]
  readonly lagSeconds: number
  readonly bytes: number
}

export interface Usual {
  /** Deliveries a minute, on average over a week. */
  readonly perMinute: number
  /** At least one. */
  readonly deliveries: readonly SampleDelivery[]
  readonly rates: readonly Rate[]
}

/** Events of one name in a delivery, on average. One native type may mean several things. */
export interface Rate extends NamedEvent {
  readonly perDelivery: number
}

/** Enough for some four hundred deliveries of each demo source. Before the first are counted, mail has to be on its way. */
const TURNS = 3_000
const TURNS_BEFORE = 500

/** Messages whose events show how often each of them happens. A few hundred deliveries would show half the bounces, or twice as many. */
const MESSAGES = 20_000

/** Arbitrary time: the signatures are thrown away. */
const BEGIN_SECONDS = 1_790_000_000

/** @param perSecond deliveries a second over all stages, on average over a week */
export async function rehearse(
  stages: readonly Stage[],
  perSecond: number,
  random: Random,
): Promise<ReadonlyMap<string, Usual>> {
  const empty = stages.map((stage) => stage.empty())
  const names = new Map(
    await Promise.all(stages.map(async ({ name, account }) => [name, await namesOf(account)] as const)),
  )
  const samples = new Map(stages.map(({ name }): [string, SampleDelivery[]] => [name, []]))
  for (let turn = 0; turn < TURNS_BEFORE + TURNS; turn += 1) {
    const nowSeconds = BEGIN_SECONDS + Math.floor(turn / perSecond)
    const stage = nextStage(empty, nowSeconds, random)
    const made = await genuineDelivery(stage, nowSeconds, random)
    if (made === undefined || turn < TURNS_BEFORE) continue
    samples.get(stage.name)?.push(sampleOf(made, nowSeconds, names.get(stage.name)))
  }
  const minutes = TURNS / perSecond / 60
  return new Map(
    stages.map(({ name, account }): [string, Usual] => {
      const deliveries = samples.get(name) ?? []
      const rates = ratesOf(account, deliveries, names.get(name) ?? new Map(), random)
      return [name, { perMinute: deliveries.length / minutes, deliveries, rates }]
    }),
  )
}

type Names = ReadonlyMap<string, NamedEvent>

const idOf = ({ kind, bounce }: Pick<SimulatedEvent, 'kind' | 'bounce'>): string => `${kind} ${bounce ?? ''}`

const sampleOf = (
  { request, events }: Delivered,
  nowSeconds: number,
  names: Names | undefined,
): SampleDelivery => ({
  events: events.flatMap((one) => names?.get(idOf(one)) ?? []),
  lagSeconds: nowSeconds - Math.min(...events.map(({ occurredAtSeconds }) => occurredAtSeconds)),
  bytes: request.body.byteLength,
})

/** Rates of all kinds of events. Rare ones are seeded too, so that they raise no alert when they come. */
function ratesOf(
  { kinds }: Account,
  deliveries: readonly SampleDelivery[],
  names: Names,
  random: Random,
): readonly Rate[] {
  const counts = new Map<string, number>()
  let all = 0
  for (let i = 0; i < MESSAGES; i += 1)
    for (const event of lifecycleOf('rehearsal', 'someone@example.com', BEGIN_SECONDS, kinds, random)) {
      counts.set(idOf(event), (counts.get(idOf(event)) ?? 0) + 1)
      all += 1
    }
  const perDelivery = deliveries.reduce((sum, { events }) => sum + events.length, 0) / deliveries.length
  return [...counts].flatMap(([id, count]) => {
    const named = names.get(id)
    return named === undefined ? [] : [{ ...named, perDelivery: (perDelivery * count) / all }]
  })
}

/** Names that the ESP and Postern give each event that can happen. */
async function namesOf(account: Account): Promise<Names> {
  const names = new Map<string, NamedEvent>()
  for (const event of possibleAt(account)) {
    const [named] = eventsIn(account, await account.deliver([event], BEGIN_SECONDS))
    if (named !== undefined) names.set(idOf(event), named)
  }
  return names
}

const possibleAt = ({ kinds }: Account): SimulatedEvent[] =>
  POSSIBLE_EVENTS.filter(({ kind }) => kinds.includes(kind)).map((one, i) => ({
    ...one,
    messageId: `rehearsal-${i}`,
    recipient: 'someone@example.com',
    occurredAtSeconds: BEGIN_SECONDS,
    url: 'https://shop.example.com/',
  }))

function eventsIn({ document }: Account, request: OutgoingRequest): NamedEvent[] {
  const provider = providerNamed(String(document['provider']))
  if (provider === undefined) return []
  const headers = new Map(Object.entries(request.headers))
  const body: VerifiedBytes = {
    bytes: Uint8Array.from(request.body),
    contentType: headers.get('content-type') ?? null,
    query: new URLSearchParams(request.query),
    verifiedHeaders: headers,
  }
  const opened = openBody(provider, body)
  if (opened.kind !== 'items') return []
  return opened.items.flatMap((item) =>
    (provider.read(item, body) ?? []).map(({ type, native_type: nativeType }) => ({ type, nativeType })),
  )
}
