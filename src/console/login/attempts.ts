/** Slows down guessing: failures are counted by client address in this isolate, in fixed windows. */
import {
  CLIENT_BITS,
  SITE_BITS,
  networkAround,
  networkOf,
  networkText,
  parseAddress,
} from '../../platform/network.ts'

export interface Attempts {
  /** Seconds until this client may try again; 0 when it may now. */
  blockedSeconds(client: string, nowMs: number): number
  failed(client: string, nowMs: number): void
}

interface Failures {
  count: number
  readonly untilMs: number
}

/** Clients that are remembered; past it the oldest is forgotten, so that memory stays small. */
const CLIENTS_MAX = 10_000

/** @param limit failures that one client may make within the window */
export function countingAttempts(limit: number, windowMs: number): Attempts {
  const byClient = new Map<string, Failures>()
  const current = (client: string, nowMs: number): Failures | undefined => {
    const known = byClient.get(client)
    return known !== undefined && known.untilMs > nowMs ? known : undefined
  }
  return {
    blockedSeconds(client, nowMs) {
      const known = current(client, nowMs)
      return known !== undefined && known.count >= limit ? Math.ceil((known.untilMs - nowMs) / 1000) : 0
    },
    failed(client, nowMs) {
      const known = current(client, nowMs)
      if (known !== undefined) {
        known.count++
        return
      }
      byClient.delete(client)
      byClient.set(client, { count: 1, untilMs: nowMs + windowMs })
      if (byClient.size > CLIENTS_MAX) byClient.delete(byClient.keys().next().value ?? client)
    },
  }
}

/** Failures of a client, and of the site around it with a larger bound: one holder of a /48 has 65,536 clients. */
export function countingSitesToo(perClient: Attempts, perSite: Attempts): Attempts {
  return {
    blockedSeconds: (client, nowMs) =>
      Math.max(perClient.blockedSeconds(client, nowMs), perSite.blockedSeconds(siteOf(client), nowMs)),
    failed(client, nowMs) {
      perClient.failed(client, nowMs)
      perSite.failed(siteOf(client), nowMs)
    },
  }
}

const siteOf = (client: string): string => networkAround(client, SITE_BITS) ?? client

/** Whom failures are counted for: an IPv4 address, or the /64 that one IPv6 client can roam in. */
export function clientOf(headers: Headers): string {
  const address = parseAddress(headers.get('cf-connecting-ip') ?? '')
  return address === undefined ? 'unknown' : networkText(networkOf(address, CLIENT_BITS[address.family]))
}
