/** Deliveries that the holder of no secret can make. Fewer than make the watch open an incident. */
import type { Probe } from '../probe.ts'
import { newSecret, probeSource } from '../probe-source.ts'
import { mustBeRefused, openSource } from './refused.ts'

export const forged: Probe = {
  id: 'forged',
  title: 'A delivery without a right signature is refused.',
  severity: 'critical',
  remedy: 'Deploy an unchanged gateway of the newest version: npm run deploy.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world)
    const atSeconds = Math.floor(world.nowMs() / 1_000)
    const genuine = source.signed({ atSeconds })
    const { 'x-webhook-signature': signature = '', ...unsigned } = genuine.headers
    const changed = (headers: Readonly<Record<string, string>>) => source.signed({ atSeconds, headers })
    const withSignature = (text: string) => changed({ 'x-webhook-signature': text })
    yield* mustBeRefused(world, [
      ['a delivery without a signature', { ...genuine, headers: unsigned }],
      ['a delivery under another key', probeSource(source.name, newSecret(), world.nowMs).signed()],
      ['a delivery with a changed body', { ...genuine, body: Buffer.from('[ ]') }],
      ['a delivery with a changed time', changed({ 'x-webhook-timestamp': String(atSeconds - 1) })],
      ['a delivery with an empty signature', withSignature('sha256=')],
      ['a delivery with half a signature', withSignature(signature.slice(0, 39))],
      [
        'a delivery with its signature in upper case',
        withSignature(`sha256=${signature.slice(7).toUpperCase()}`),
      ],
      ['a delivery signed by no algorithm', withSignature('none=')],
    ])
  },
}
