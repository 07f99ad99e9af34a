/** Addresses of simulated clients. On this machine no edge sets `CF-Connecting-IP`, so the gateway takes it from the request. */
import type { OutgoingRequest } from './sender.ts'

/** Address of the demo's attacker. Addresses of the simulator are of the range for benchmarks (RFC 2544). */
export const ATTACKER = '198.19.7.66'

/** Where the ESP of a demo source sends from: a network of its own for each. */
export const espAddress = (index: number): string => `198.18.${index + 1}.10`

/** Where an ESP sends from that no simulator plays: `postern drill` plays it at a source for drills. */
export const DRILL_ESP = '198.19.250.10'

/** The /24 of an address, as the gateway names it. */
export const networkOf = (address: string): string => address.replace(/\d+$/, '0/24')

export const sentFrom = (address: string, request: OutgoingRequest): OutgoingRequest => ({
  ...request,
  headers: { ...request.headers, 'cf-connecting-ip': address },
})
