/** Genuine signatures over bodies and under headers that no sender has: the gateway must stay up, and say little. */
import type { Probe } from '../probe.ts'
import { type Case, failureOf, openSource } from './refused.ts'

const DEPTH = 20_000

export const malformed: Probe = {
  id: 'malformed',
  title: 'A malformed delivery causes no fault.',
  severity: 'medium',
  remedy: 'npx wrangler tail postern-gateway shows the fault. Please report it, see SECURITY.md.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world)
    const body = (text: string | Uint8Array) => source.signed({ body: Buffer.from(text) })
    const header = (headers: Readonly<Record<string, string>>) => source.signed({ headers })
    const cases: readonly Case[] = [
      ['a body that is no JSON', body('{"event_type":')],
      ['a body that is no UTF-8', body(Uint8Array.of(0x5b, 0xff, 0xfe, 0x5d))],
      ['deeply nested JSON', body('['.repeat(DEPTH) + ']'.repeat(DEPTH))],
      ['keys of a prototype', body('[{"__proto__":{"role":"admin"},"constructor":null}]')],
      ['a body that is empty', body('')],
      ['a foreign content type', header({ 'content-type': 'text/html' })],
      ['a foreign content encoding', header({ 'content-encoding': 'gzip, gzip' })],
      ['a body that is no gzip', header({ 'content-encoding': 'gzip' })],
      ['a time that is none', header({ 'x-webhook-timestamp': '1e99' })],
      ['a time with a sign', header({ 'x-webhook-timestamp': '-1' })],
    ]
    for (const [subject, delivery] of cases) {
      const answer = await world.deliver(delivery)
      // 503 asks to send it again, as when memory is short.
      if (answer.status === 0 || answer.status >= 500)
        yield { subject, evidence: `The gateway ${failureOf(answer)} after ${subject}.` }
    }
  },
}
