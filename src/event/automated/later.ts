/** Signs of a machine that an event shows only beside other events. They only turn null into true. The order of arrival does not matter. */
import type { EventType } from '../mail-event.ts'
import { type SignName, isJudged } from './signs.ts'

/** An open, a click, an unsubscribe or a delivery, as far as the rules look at it. */
export interface Act {
  readonly id: string
  readonly type: EventType
  readonly source: string
  readonly messageIds: readonly string[]
  /** Names the recipient. */
  readonly person: string
  /** As the ESP reported it. */
  readonly atMs: number
  /** Of a click. */
  readonly link?: Link | undefined
}

export interface Link {
  readonly url: string | null
  readonly clientIp: string | null
  readonly domain: string
}

/** A machine follows so many links of one message within this time. */
const BURST_URLS = 3
const BURST_MS = 2_000

/** Nobody reads and clicks so soon. Many ESPs report whole seconds. */
const SOON_MS = 2_000

/** One address clicks for so many people, of so many domains, within this time: a filter before all of them. */
const CROWD_PEOPLE = 10
const CROWD_DOMAINS = 3
const CROWD_MS = 60_000

type Rule = (acts: readonly Act[]) => readonly Act[]

/** Acts of one message and person, of which so many links were followed within a moment. */
const inBurst: Rule = (acts) =>
  inWindows(acts.filter(isJudgedAct), BURST_MS, [[({ link }) => link?.url, BURST_URLS]])

/** Acts of one message and person before its delivery, or just after it. */
function aroundDelivery(acts: readonly Act[]): readonly Act[] {
  const delivered = acts.find(({ type }) => type === 'email.delivered')
  if (delivered === undefined) return []
  return acts.filter((act) => isJudgedAct(act) && act.atMs <= delivered.atMs + SOON_MS)
}

/** Clicks of one address for many people. */
const inCrowd: Rule = (clicks) =>
  inWindows(clicks, CROWD_MS, [
    [({ person }) => person, CROWD_PEOPLE],
    [({ link }) => link?.domain, CROWD_DOMAINS],
  ])

const isJudgedAct = ({ type }: Act): boolean => isJudged(type)

/** A value, and how many different ones there must be. */
type Demand = readonly [valueOf: (act: Act) => string | null | undefined, count: number]

/** All acts of each window of time that meets the demands. Its work grows with the number of acts alone. */
function inWindows(acts: readonly Act[], spanMs: number, demands: readonly Demand[]): readonly Act[] {
  const found: Act[] = []
  const counted = demands.map(([valueOf, least]) => ({ valueOf, least, counts: new Map<string, number>() }))
  const add = (act: Act | undefined, n: 1 | -1): void => {
    for (const { valueOf, counts } of counted) {
      const value = act && valueOf(act)
      if (typeof value !== 'string') continue
      const count = (counts.get(value) ?? 0) + n
      if (count === 0) counts.delete(value)
      else counts.set(value, count)
    }
  }
  let first = 0
  let next = 0
  for (const [i, act] of acts.entries()) {
    add(act, 1)
    for (; (acts[first]?.atMs ?? act.atMs) < act.atMs - spanMs; first++) add(acts[first], -1)
    if (counted.some(({ counts, least }) => counts.size < least)) continue
    found.push(...acts.slice(Math.max(first, next), i + 1))
    next = i + 1
  }
  return found
}

/** The sign of each act that shows one, by its id. The first rule that finds it decides. */
export function laterSigns(given: readonly Act[]): ReadonlyMap<string, SignName> {
  const acts = given.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
  const signs = new Map<string, SignName>()
  const mark = (by: SignName, some: readonly Act[]): void => {
    for (const { id } of some) if (!signs.has(id)) signs.set(id, by)
  }
  for (const some of messagesOf(acts)) {
    mark('burst', inBurst(some))
    mark('timing', aroundDelivery(some))
  }
  const clicks = acts.filter(({ type }) => type === 'email.clicked')
  for (const [address, some] of Map.groupBy(clicks, ({ link }) => link?.clientIp))
    if (typeof address === 'string') mark('burst', inCrowd(some))
  return signs
}

/** Acts of one message and person: they share one of the message's ids. */
function messagesOf(acts: readonly Act[]): Iterable<readonly Act[]> {
  const messages = new Map<string, Act[]>()
  for (const act of acts) {
    const keys = act.messageIds.map((id) => JSON.stringify([act.source, act.person, id]))
    const message = keys.map((key) => messages.get(key)).find((one) => one !== undefined) ?? []
    message.push(act)
    for (const key of keys) messages.set(key, message)
  }
  return new Set(messages.values())
}
