/** Slows down guessing: counts failures by client address, in fixed windows, in this isolate. */
import {
  CLIENT_BITS,
  SITE_BITS,
  networkAround,
  networkOf,
  networkText,
  parseAddress,
} from '../../platform/network.ts'

export interface Attempts {
  /** Seconds until this client may try again; 0 if it may now. */
  blockedSeconds(client: string, nowMs: number): number
  failed(client: string, nowMs: number): void
}

interface Failures {
  count: number
  readonly untilMs: number
}

/** Maximum number of clients in memory. Beyond it, the oldest is removed. */
const CLIENTS_MAX = 10_000

/** @param limit failures allowed to one client in a window */
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

/** Also counts the failures of the client's site, with a higher limit: the holder of one /48 has 65,536 clients. */
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

/** The client whose failures are counted: an IPv4 address, or an IPv6 /64, in which one client can use any address. */
export function clientOf(headers: Headers): string {
  const address = parseAddress(headers.get('cf-connecting-ip') ?? '')
  return address === undefined ? 'unknown' : networkText(networkOf(address, CLIENT_BITS[address.family]))
}
