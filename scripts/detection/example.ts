/** A small recording of the repository's own: two sources, three weeks, and an attack of each kind in the last one. */
import type { Line } from './play.ts'
import { ATTACKS, type Attack, type RecordedMinute } from '../../src/cli/drill/attacks.ts'
import { type Random, newRandom } from '../../src/simulator/random.ts'

export interface Label {
  readonly source: string
  readonly kind: string
  readonly from: number
  readonly until: number
}

export interface Recording {
  readonly lines: readonly Line[]
  readonly labels: readonly Label[]
  readonly sourceWeeks: number
}

/** Monday, 5 January 2026, 00:00 UTC. */
const BEGIN = 29_459_520
const DAY = 1440
const DAYS = 22

/** A source of the example: events a minute, and its usual numbers. */
export interface ExampleSource {
  readonly id: string
  readonly perMinute: number
  readonly networks: readonly string[]
  readonly lagSeconds: number
  readonly bodyBytes: number
  readonly bounceShare: number
  /** A campaign each Tuesday at ten multiplies the rate for two hours. */
  readonly campaign: number
}

const SOURCES: readonly ExampleSource[] = [
  { id: 'shop', perMinute: 1.5, networks: ['192.0.2.0/24', '198.51.100.0/24'], lagSeconds: 12, bodyBytes: 900, bounceShare: 0.02, campaign: 5 },
  { id: 'accounts', perMinute: 0.4, networks: ['203.0.113.0/24'], lagSeconds: 20, bodyBytes: 1500, bounceShare: 0.015, campaign: 1 },
] // prettier-ignore

export function exampleRecording(seed: number): Recording {
  const random = newRandom(seed)
  const lines: Line[] = []
  for (let minute = BEGIN; minute < BEGIN + DAYS * DAY; minute += 1)
    for (const source of SOURCES) {
      const made = minuteOf(source, minute, random)
      for (const attack of ATTACKS)
        if (isDuring(attack, source, minute)) attack.recorded.change(made, random, progress(attack, minute))
      const line = lineOf(source, minute, made, random)
      if (line !== undefined) lines.push(line)
    }
  const labels = ATTACKS.map(({ kind, recorded: { source, day, minutes } }) => {
    const from = BEGIN + Math.round(day * DAY)
    return { source, kind, from, until: from + minutes }
  })
  return { lines, labels, sourceWeeks: (SOURCES.length * DAYS) / 7 }
}

const progress = ({ recorded: { day, minutes } }: Attack, minute: number): number =>
  (minute - BEGIN - Math.round(day * DAY)) / minutes

const isDuring = (attack: Attack, { id }: ExampleSource, minute: number): boolean => {
  const at = progress(attack, minute)
  return attack.recorded.source === id && at >= 0 && at < 1
}

function minuteOf(source: ExampleSource, minute: number, random: Random): RecordedMinute {
  const since = minute - BEGIN
  const hour = (since % DAY) / 60
  const weekday = Math.floor(since / DAY) % 7
  const isCampaign = weekday === 1 && hour >= 10 && hour < 12
  const daily = 1 + 0.8 * Math.sin(((hour - 8) / 24) * 2 * Math.PI)
  const refused = []
  // Strangers: a scanner without any proof, and a single wrong one.
  if (random.next() < 0.004)
    refused.push({ code: 'header_missing', network: random.network(), asn: random.asn(), count: 5 })
  if (random.next() < 0.002)
    refused.push({ code: 'signature_mismatch', network: random.network(), asn: random.asn(), count: 1 })
  return {
    rate: source.perMinute * daily * (weekday >= 5 ? 0.6 : 1) * (isCampaign ? source.campaign : 1),
    bounceShare: source.bounceShare,
    complaintShare: 0.0008,
    lagSeconds: source.lagSeconds * Math.exp(0.3 * random.normal()),
    bodyBytes: source.bodyBytes * Math.exp(0.1 * random.normal()),
    duplicates: random.next() < 0.004 ? 1 : 0,
    quarantined: random.next() < 0.0005 ? 1 : 0,
    network: undefined,
    unknownType: 0,
    unread: 0,
    refused,
  }
}

function lineOf(
  source: ExampleSource,
  minute: number,
  made: RecordedMinute,
  random: Random,
): Line | undefined {
  const delivered = random.poisson(made.rate * 0.75)
  const opened = random.poisson(made.rate * 0.25)
  const bounced = random.poisson(made.rate * 0.75 * made.bounceShare)
  const complained = random.poisson(made.rate * 0.75 * made.complaintShare)
  const events = countsOf({
    'email.delivered': delivered,
    'email.opened': opened,
    'email.bounced': bounced,
    'email.spam_reported': complained,
    'email.unknown': made.unknownType,
  })
  const accepted =
    delivered + opened + bounced + complained + made.unknownType + Math.min(made.quarantined, 1)
  if (accepted + made.duplicates + made.refused.length === 0) return undefined
  const own = source.networks[minute % source.networks.length] ?? ''
  return {
    minute,
    source: source.id,
    accepted,
    duplicates: made.duplicates,
    quarantined: made.quarantined,
    defects:
      made.unread === 0 ? [] : [{ provider: 'ESP', type: 'email.bounced', lack: 'form', count: made.unread }],
    events,
    native_types: countsOf({ ...events, 'email.unknown': 0, 'made.up': made.unknownType }),
    lag_seconds: accepted > 0 ? Math.round(made.lagSeconds) : null,
    bytes: accepted > 0 ? Math.round(made.bodyBytes) : null,
    networks: accepted > 0 ? { [made.network ?? own]: accepted } : {},
    alerts: {},
    refused: made.refused,
  }
}

const countsOf = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
