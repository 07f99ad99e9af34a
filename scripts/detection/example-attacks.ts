/** The attacks of the example recording, one of each kind. */
import type { Random } from '../../src/simulator/random.ts'

/** Parameters of a source's minute. An attack changes it. */
export interface Minute {
  rate: number
  bounceShare: number
  complaintShare: number
  lagSeconds: number
  bodyBytes: number
  duplicates: number
  quarantined: number
  network: string | undefined
  unknownType: number
  refused: { code: string; network: string; asn: number; count: number }[]
}

export interface Attack {
  readonly kind: string
  readonly source: string
  /** Day of the recording on which it begins. */
  readonly day: number
  readonly minutes: number
  /** Changes a minute of it. `progress` goes from 0 to 1. */
  change(minute: Minute, random: Random, progress: number): void
}

const wrong = (minute: Minute, network: string, asn: number): void => {
  minute.refused.push({ code: 'signature_mismatch', network, asn, count: 1 })
}

export const ATTACKS: readonly Attack[] = [
  {
    kind: 'brute_force', source: 'shop', day: 15.4, minutes: 40,
    change: (minute) => wrong(minute, '10.9.9.0/24', 64_500),
  },
  {
    kind: 'brute_force_spread', source: 'accounts', day: 15.6, minutes: 90,
    change: (minute, random) => { if (random.next() < 0.5) wrong(minute, random.network(), random.asn()) },
  },
  {
    kind: 'replay', source: 'shop', day: 16.3, minutes: 20,
    change: (minute) => minute.refused.push({ code: 'timestamp_outside_window', network: '10.8.8.0/24', asn: 64_501, count: 2 }),
  },
  {
    kind: 'token_reuse', source: 'accounts', day: 16.5, minutes: 15,
    change: (minute, random) => { if (random.next() < 0.4) minute.refused.push({ code: 'token_reused', network: '10.7.7.0/24', asn: 64_502, count: 1 }) },
  },
  {
    kind: 'address', source: 'shop', day: 17.4, minutes: 120,
    change: (minute, random) => { if (random.next() < 0.1) minute.network = '10.6.6.0/24' },
  },
  {
    kind: 'payload', source: 'accounts', day: 17.5, minutes: 100,
    change: (minute, random) => { if (random.next() < 0.15) minute.unknownType = 1 },
  },
  {
    kind: 'silence', source: 'shop', day: 18.4, minutes: 60,
    change: (minute) => { minute.rate = 0; minute.duplicates = 0; minute.quarantined = 0 },
  },
  {
    kind: 'surge', source: 'accounts', day: 18.6, minutes: 50,
    change: (minute) => { minute.rate *= 12 },
  },
  {
    kind: 'bounce_share', source: 'shop', day: 19.3, minutes: 400,
    change: (minute) => { minute.bounceShare += 0.1 },
  },
  {
    kind: 'brute_force_slow', source: 'accounts', day: 19.2, minutes: 2000,
    change: (minute, random) => { if (random.next() < 1 / 40) wrong(minute, '10.5.5.0/24', 64_503) },
  },
  {
    kind: 'complaint_share', source: 'shop', day: 20.3, minutes: 500,
    change: (minute) => { minute.complaintShare += 0.04 },
  },
  {
    kind: 'lag', source: 'accounts', day: 21.2, minutes: 240,
    change: (minute, _, progress) => { minute.lagSeconds += 1500 * progress },
  },
] // prettier-ignore
