/** Deliveries that the holder of no secret can make. Fewer than make the watch open an incident. */
import type { Probe } from '../probe.ts'
import { newSecret, probeSource } from '../probe-source.ts'
import { type Case, mustBeRefused, openSource } from './refused.ts'

export const forged: Probe = {
  id: 'forged',
  title: 'A delivery without a right signature is refused.',
  severity: 'critical',
  remedy: 'Deploy an unchanged gateway of the newest version: npm run deploy.',
  needs: 'token',
  async run(world) {
    const source = await openSource(world)
    const genuine = source.signed()
    const { 'x-webhook-signature': signature = '', ...unsigned } = genuine.headers as Record<string, string>
    const withSignature = (text: string) => ({
      ...genuine,
      headers: { ...unsigned, 'x-webhook-signature': text },
    })
    const cases: readonly Case[] = [
      ['a delivery without a signature', { ...genuine, headers: unsigned }],
      ['a delivery under another key', probeSource(source.name, newSecret(), world.nowMs).signed()],
      ['a delivery with a changed body', { ...genuine, body: Buffer.from('[ ]') }],
      ['a delivery with a changed time', withHeader(genuine, 'x-webhook-timestamp', -1)],
      ['a delivery with an empty signature', withSignature('sha256=')],
      ['a delivery with half a signature', withSignature(signature.slice(0, 39))],
      [
        'a delivery with its signature in upper case',
        withSignature(`sha256=${signature.slice(7).toUpperCase()}`),
      ],
      ['a delivery signed by no algorithm', withSignature('none=')],
    ]
    return mustBeRefused(world, cases)
  },
}

/** @param seconds added to the time in the header */
const withHeader = <D extends ReturnType<ReturnType<typeof probeSource>['signed']>>(
  delivery: D,
  name: string,
  seconds: number,
): D => ({
  ...delivery,
  headers: { ...delivery.headers, [name]: String(Number(delivery.headers?.[name]) + seconds) },
})
