/**
 * An attack of each kind: the requests that `postern drill` sends, and what it does to the recording that `npm run detection` plays.
 * To add one: a row here.
 */
import type { Random } from '../../simulator/random.ts'
import { ATTACKER } from '../../simulator/client-address.ts'
import type { OutgoingRequest } from '../../simulator/sender.ts'
import type { Drill, DrillWorld } from './drill.ts'

/** Parameters of a source's minute in the recording. An attack changes it. */
export interface RecordedMinute {
  rate: number
  bounceShare: number
  complaintShare: number
  lagSeconds: number
  bodyBytes: number
  duplicates: number
  quarantined: number
  network: string | undefined
  unknownType: number
  unread: number
  refused: { code: string; network: string; asn: number; count: number }[]
}

/** The attack in the recording. */
interface Recorded {
  readonly source: 'shop' | 'accounts'
  /** Day of the recording on which it begins. */
  readonly day: number
  readonly minutes: number
  /** Changes a minute of it. `progress` goes from 0 to 1. */
  change(minute: RecordedMinute, random: Random, progress: number): void
}

export interface Attack extends Drill {
  readonly recorded: Recorded
}

/** A minute is watched ten seconds after its end; the second minute is for kinds that take two. */
const WAIT_SECONDS = 170

export const ONE_ROUND = { rounds: 1, roundSeconds: 60, waitSeconds: WAIT_SECONDS }

const SPREAD_NETWORKS = 20
/** Longer than any ESP retries. */
const OLD_SECONDS = 9 * 86_400
const LATE_SECONDS = 7_200

const ROWS: readonly (Omit<Attack, keyof typeof ONE_ROUND> & Partial<Attack>)[] = [
  {
    kind: 'brute_force',
    sends: 'deliveries under a wrong key, from one network',
    requests: 20,
    signs: 'wrongly',
    make: (world) => wronglySigned(world, ATTACKER),
    recorded: {
      source: 'shop',
      day: 15.4,
      minutes: 40,
      change: (minute) => refuse(minute, 'signature_mismatch', '10.9.9.0/24', 64_500),
    },
  },
  {
    kind: 'brute_force_spread',
    sends: `deliveries under a wrong key, from ${SPREAD_NETWORKS} networks`,
    requests: 60,
    signs: 'wrongly',
    onlyDemo: 'all requests of your machine come from one network',
    make: (world, i) => wronglySigned(world, `198.19.${100 + (i % SPREAD_NETWORKS)}.5`),
    recorded: {
      source: 'accounts',
      day: 15.6,
      minutes: 90,
      change(minute, random) {
        if (random.next() < 0.5) refuse(minute, 'signature_mismatch', random.network(), random.asn())
      },
    },
  },
  {
    kind: 'brute_force_slow',
    // The watch asks for four different hours of a day, so it cannot be shorter.
    sends: 'one delivery under a wrong key in each of four hours',
    requests: 1,
    rounds: 4,
    roundSeconds: 3_600,
    signs: 'wrongly',
    onlyDeployed: 'the autonomous system of a client is known at the edge of Cloudflare alone',
    make: (world) => wronglySigned(world, ATTACKER),
    recorded: {
      source: 'accounts',
      day: 19.2,
      minutes: 2000,
      change(minute, random) {
        if (random.next() < 1 / 40) refuse(minute, 'signature_mismatch', '10.5.5.0/24', 64_503)
      },
    },
  },
  {
    kind: 'replay',
    sends: 'deliveries that were signed nine days ago, from one network. An ESP that signs no time has none',
    requests: 12,
    signs: 'as the ESP',
    async make({ sign, event, nowSeconds }) {
      const occurredAtSeconds = nowSeconds() - OLD_SECONDS
      const { request } = await sign([event('email.delivered', { occurredAtSeconds })], occurredAtSeconds)
      return { request, address: ATTACKER }
    },
    recorded: {
      source: 'shop',
      day: 16.3,
      minutes: 20,
      change: (minute) => refuse(minute, 'timestamp_outside_window', '10.8.8.0/24', 64_501, 2),
    },
  },
  {
    kind: 'token_reuse',
    sends: 'one genuine delivery, and another body around its token',
    requests: 2,
    signs: 'as the ESP',
    providers: ['mailgun'],
    async make({ sign, event, nowSeconds }, _i, before) {
      const signed = await sign([event('email.delivered')], nowSeconds())
      return before === undefined
        ? signed
        : { request: aroundToken(before, signed.request), address: ATTACKER }
    },
    recorded: {
      source: 'accounts',
      day: 16.5,
      minutes: 15,
      change(minute, random) {
        if (random.next() < 0.4) refuse(minute, 'token_reused', '10.7.7.0/24', 64_502)
      },
    },
  },
  {
    kind: 'address',
    sends: 'genuine deliveries from a network that was never seen',
    requests: 6,
    signs: 'as the ESP',
    make: async ({ sign, event, nowSeconds }) => ({
      ...(await sign([event('email.delivered')], nowSeconds())),
      address: '198.19.200.9',
    }),
    recorded: {
      source: 'shop',
      day: 17.4,
      minutes: 120,
      change(minute, random) {
        if (random.next() < 0.1) minute.network = '10.6.6.0/24'
      },
    },
  },
  {
    kind: 'payload',
    sends: 'events of a type that the ESP does not have',
    requests: 8,
    signs: 'as the ESP',
    make: ({ sign, event, nowSeconds }) => sign([event('drill_made_up')], nowSeconds()),
    recorded: {
      source: 'accounts',
      day: 17.5,
      minutes: 100,
      change(minute, random) {
        if (random.next() < 0.15) minute.unknownType = 1
      },
    },
  },
  {
    kind: 'drift',
    sends:
      'hard bounces as if the ESP had changed its payload: nobody is found in them, so they suppress nobody',
    requests: 12,
    signs: 'as the ESP',
    reports: 'email.bounced',
    make: ({ sign, event, nowSeconds }) =>
      sign([event('email.bounced', { bounce: 'hard', isDrifted: true })], nowSeconds()),
    recorded: {
      source: 'shop',
      day: 18.2,
      minutes: 60,
      change(minute, random) {
        if (random.next() < 0.3) minute.unread = 1
      },
    },
  },
  {
    kind: 'silence',
    sends: 'nothing: the simulated ESP stops until the incident opens, ten minutes at most',
    pauseSeconds: 600,
    // How long nothing has to come depends on how much is usual.
    waitSeconds: 600,
    requests: 0,
    signs: 'as the ESP',
    onlyDemo: 'only your ESP can stop what it sends',
    make: () => Promise.reject(new TypeError('a silence has no request')),
    recorded: {
      source: 'shop',
      day: 18.4,
      minutes: 60,
      change: (minute) => Object.assign(minute, { rate: 0, duplicates: 0, quarantined: 0 }),
    },
  },
  {
    kind: 'surge',
    sends: 'genuine deliveries at once',
    requests: 900,
    signs: 'as the ESP',
    make: ({ sign, event, nowSeconds }) => sign([event('email.delivered')], nowSeconds()),
    recorded: { source: 'accounts', day: 18.6, minutes: 50, change: (minute) => (minute.rate *= 12) },
  },
  {
    kind: 'bounce_share',
    sends: 'hard bounces, which suppress ten recipients at example.com',
    requests: 80,
    signs: 'as the ESP',
    reports: 'email.bounced',
    make: ({ sign, event, nowSeconds }) => sign([event('email.bounced', { bounce: 'hard' })], nowSeconds()),
    recorded: { source: 'shop', day: 19.3, minutes: 400, change: (minute) => (minute.bounceShare += 0.1) },
  },
  {
    kind: 'complaint_share',
    sends: 'complaints, which suppress ten recipients at example.com',
    requests: 40,
    signs: 'as the ESP',
    reports: 'email.spam_reported',
    make: ({ sign, event, nowSeconds }) => sign([event('email.spam_reported')], nowSeconds()),
    recorded: {
      source: 'shop',
      day: 20.3,
      minutes: 500,
      change: (minute) => (minute.complaintShare += 0.04),
    },
  },
  {
    kind: 'lag',
    // The watch asks for several such minutes.
    sends: 'events of two hours ago, in each of five minutes',
    requests: 60,
    rounds: 5,
    signs: 'as the ESP',
    make: ({ sign, event, nowSeconds }) =>
      sign([event('email.delivered', { occurredAtSeconds: nowSeconds() - LATE_SECONDS })], nowSeconds()),
    recorded: {
      source: 'accounts',
      day: 21.2,
      minutes: 240,
      change: (minute, _, progress) => (minute.lagSeconds += 1500 * progress),
    },
  },
]

export const ATTACKS: readonly Attack[] = ROWS.map((row) => ({ ...ONE_ROUND, ...row }))

const wronglySigned = async ({ forge, event, nowSeconds }: DrillWorld, address: string) => ({
  request: await forge([event('email.delivered')], nowSeconds()),
  address,
})

function refuse({ refused }: RecordedMinute, code: string, network: string, asn: number, count = 1): void {
  refused.push({ code, network, asn, count })
}

/** Mailgun's signature covers time and token alone. */
function aroundToken(used: OutgoingRequest, other: OutgoingRequest): OutgoingRequest {
  const { signature } = JSON.parse(Buffer.from(used.body).toString()) as { signature: object }
  const rest = JSON.parse(Buffer.from(other.body).toString()) as object
  return { ...other, body: Buffer.from(JSON.stringify({ ...rest, signature })) }
}
