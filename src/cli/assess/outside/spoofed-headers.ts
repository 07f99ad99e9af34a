/** Headers that pretend another address, method or host. A source that allows one network alone must refuse all of them. */
import { isLoopback } from '../../../simulator/post.ts'
import type { Probe } from '../probe.ts'
import { type Case, mustBeRefused, openSource } from './refused.ts'

/** For documentation (RFC 5737), so nobody's. */
const ALLOWED = '192.0.2.7'

const ADDRESS_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['x-forwarded-for', ALLOWED],
  ['x-real-ip', ALLOWED],
  ['true-client-ip', ALLOWED],
  ['client-ip', ALLOWED],
  ['forwarded', `for=${ALLOWED}`],
  ['x-client-ip', ALLOWED],
  ['cf-pseudo-ipv4', ALLOWED],
]
/** On this machine no edge replaces it, so there it is no forgery. */
const EDGE_HEADERS: typeof ADDRESS_HEADERS = [['cf-connecting-ip', ALLOWED]]

export const spoofedHeaders: Probe = {
  id: 'spoofed-headers',
  title: 'No header that a sender writes changes where a delivery comes from, or its method.',
  severity: 'high',
  remedy:
    'Let senders reach the gateway through Cloudflare alone, and let no proxy of yours set these headers from outside.',
  needs: 'token',
  async *run(world) {
    await openSource(world)
    const limited = await world.source({ allowedIps: [`${ALLOWED}/32`], requireSourceIp: true })
    const headers = [...ADDRESS_HEADERS, ...(isLoopback(world.gateway) ? [] : EDGE_HEADERS)]
    yield* mustBeRefused(world, [
      ['a delivery from another network', limited.signed()],
      ...headers.map(([name, value]): Case => [
        `a delivery with ${name}`,
        limited.signed({ headers: { [name]: value } }),
      ]),
      [
        'a GET with X-HTTP-Method-Override',
        {
          ...limited.signed({ headers: { 'x-http-method-override': 'POST' } }),
          method: 'GET',
          body: new Uint8Array(),
        },
      ],
    ])
  },
}
