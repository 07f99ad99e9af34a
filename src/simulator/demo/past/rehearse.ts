/**
 * Plays the accounts of the demo in virtual time without sending anything, to know what each of them usually sends: how many deliveries,
 * with which events, how late and how large. A past that is made of it fits what is sent later.
 */
import { providerNamed } from '../../../providers/index.ts'
import { automatedIn, causeIn, openBody } from '../../../providers/shared/understand.ts'
import { CAMPAIGNS, type Random, lifecycleOf } from '../../mail.ts'
import { withClients } from '../../client.ts'
import type { Account, SimulatedEvent } from '../../sender.ts'
import type { Stage } from '../../stage.ts'
import { genuineDelivery, nextStage } from '../../turns.ts'

export interface Usual {
  /** Deliveries a minute, on average over a week. */
  readonly perMinute: number
  /** At least one. */
  readonly deliveries: readonly SampleDelivery[]
  readonly rates: readonly Rate[]
}

export interface SampleDelivery {
  readonly events: number
  readonly lagSeconds: number
  readonly bytes: number
}

/** Events of one name in a delivery, on average: by Postern's type and by the ESP's own. One native type may mean several things. */
export interface Rate {
  readonly type: string
  readonly nativeType: string
  readonly bounceType: string | null
  readonly cause: string | null
  readonly automated: boolean | null
  /** Campaigns among which such events are spread; null if the ESP names none. */
  readonly campaigns: readonly string[] | null
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
  const samples = new Map(stages.map(({ name }): [string, SampleDelivery[]] => [name, []]))
  for (let turn = 0; turn < TURNS_BEFORE + TURNS; turn += 1) {
    const nowSeconds = BEGIN_SECONDS + Math.floor(turn / perSecond)
    const stage = nextStage(empty, nowSeconds, random)
    const made = await genuineDelivery(stage, nowSeconds, random)
    if (made === undefined || turn < TURNS_BEFORE) continue
    const times = made.events.map(({ occurredAtSeconds }) => occurredAtSeconds)
    samples.get(stage.name)?.push({
      events: made.events.length,
      lagSeconds: nowSeconds - Math.min(...times),
      bytes: made.request.body.byteLength,
    })
  }
  const minutes = TURNS / perSecond / 60
  const usual = stages.map(async ({ name, account }): Promise<[string, Usual]> => {
    const deliveries = samples.get(name) ?? []
    const events = deliveries.reduce((sum, one) => sum + one.events, 0) / deliveries.length
    const rates = await ratesOf(account, events, random)
    return [name, { perMinute: deliveries.length / minutes, deliveries, rates }]
  })
  return new Map(await Promise.all(usual))
}

/** Rates of all that happens to messages. Rare events are in the past too, so that they raise no alert when they come. */
async function ratesOf(account: Account, perDelivery: number, random: Random): Promise<readonly Rate[]> {
  const all = Array.from({ length: MESSAGES }, () =>
    withClients(
      lifecycleOf('rehearsal', 'someone@example.com', BEGIN_SECONDS, account.kinds, random),
      account.kinds,
      random,
    ),
  ).flat()
  const rates: Rate[] = []
  for (const same of Map.groupBy(
    all,
    ({ kind, bounce, client }) => `${kind} ${bounce} ${client?.agent}`,
  ).values()) {
    const named = same[0] && (await namesOf(account, same[0]))
    if (named !== undefined) rates.push({ ...named, perDelivery: (perDelivery * same.length) / all.length })
  }
  return rates
}

/** Names that Postern and the ESP give an event. Undefined if Postern does not read it. */
async function namesOf(
  { document, deliver }: Account,
  event: SimulatedEvent,
): Promise<Omit<Rate, 'perDelivery'> | undefined> {
  const provider = providerNamed(String(document['provider']))
  if (provider === undefined) return undefined
  const { headers, query, body: bytes } = await deliver([{ ...event, campaign: CAMPAIGNS[0] }], BEGIN_SECONDS)
  const verifiedHeaders = new Map(Object.entries(headers))
  const body = {
    bytes: Uint8Array.from(bytes),
    contentType: verifiedHeaders.get('content-type') ?? null,
    query: new URLSearchParams(query),
    verifiedHeaders,
  }
  const opened = openBody(provider, body)
  const [item] = opened.kind === 'items' ? opened.items : []
  const [read] = item === undefined ? [] : (provider.read(item, body) ?? [])
  const { campaign_id: campaign = null, bounce_type: bounceType = null } = read ?? {}
  const campaigns = campaign === null ? null : campaign === CAMPAIGNS[0] ? CAMPAIGNS : [campaign]
  if (read === undefined) return undefined
  const { type, native_type: nativeType, recipient = null } = read
  const cause = causeIn(read, recipient)?.cause ?? null
  return { type, nativeType, bounceType, cause, automated: automatedIn(read).automated ?? null, campaigns }
}
