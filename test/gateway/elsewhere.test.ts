import { describe, expect, it } from 'vitest'
import { newGateway, putSource } from '../support/gateway.ts'

const AUTHORIZATION = `Basic ${btoa('hooks:a-password-of-a-test-0123')}`
const BODY = JSON.stringify({
  event: 'hard_bounce',
  email: 'ada@example.com',
  'message-id': '<m-1@example.com>',
  ts_epoch: 1_800_000_000_000,
})
const INSIDE = '1.179.112.9'
const ELSEWHERE = '192.0.2.9'

/** A Brevo source, whose credentials cover nothing and whose networks are published. */
async function post(
  settings: Record<string, unknown>,
  address: string | undefined,
  authorization = AUTHORIZATION,
) {
  const basic_auth = { username: 'hooks', password: 'a-password-of-a-test-0123' }
  const name = await putSource({ provider: 'brevo', secrets: { basic_auth }, ...settings })
  const gateway = newGateway()
  const response = await gateway.fetch(`/hooks/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization,
      ...(address === undefined ? {} : { 'cf-connecting-ip': address }),
    },
    body: BODY,
    cf: { asn: 64_496 },
  })
  return { status: response.status, queued: gateway.queue.envelopes.length, gateway }
}

// Brevo comes again after 429 alone: a network that it adds must not cost its events.
describe('a leaked credential of a provider that signs nothing', () => {
  it.each<[string, Record<string, unknown>, string | undefined, number, number]>([
    ['from the published networks', {}, INSIDE, 200, 1],
    ['from elsewhere', {}, ELSEWHERE, 429, 0],
    ['without an edge that tells an address', {}, undefined, 200, 1],
    ['without an edge, by the operator’s own list', { allowedIps: ['192.0.2.0/24'] }, undefined, 429, 0],
    [
      'from elsewhere, where the operator asks for the address',
      { level: 'standard', requireSourceIp: true },
      ELSEWHERE,
      429,
      0,
    ],
    ['from elsewhere, where the operator tolerates it', { level: 'standard' }, ELSEWHERE, 200, 1],
    ['from the operator’s own list', { allowedIps: ['192.0.2.0/24'] }, ELSEWHERE, 200, 1],
    ['from outside of the operator’s own list', { allowedIps: ['192.0.2.0/24'] }, INSIDE, 429, 0],
  ])('%s', async (_what, settings, address, status, queued) => {
    expect(await post(settings, address)).toMatchObject({ status, queued })
  })

  it('is refused inside the networks, too, if it is wrong', async () => {
    const wrong = `Basic ${btoa('hooks:another-password-0123456')}`
    expect(await post({}, INSIDE, wrong)).toMatchObject({ status: 429, queued: 0 })
  })

  it('leaves an alert if the level tolerates it', async () => {
    const { gateway } = await post({ level: 'standard' }, ELSEWHERE)
    const [contents] = await gateway.queue.contents()
    expect(contents?.delivery).toMatchObject({ alerts: ['source_ip_not_listed'], level: 'standard' })
  })

  it('is stored with its network, never its address, with its system and the size of its body', async () => {
    const { gateway } = await post({ level: 'standard' }, ELSEWHERE)
    const [contents] = await gateway.queue.contents()
    expect(contents?.delivery).toMatchObject({ network: '192.0.2.0/24', asn: 64_496, bytes: BODY.length })
    expect(JSON.stringify(contents)).not.toContain(ELSEWHERE)
  })
})
