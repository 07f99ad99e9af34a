/** Refused deliveries of a source that is captured reach the console as they were judged, and nothing else does. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { CAPTURE_DELIVERY_MAX_BYTES, CAPTURE_MAX_DELIVERIES } from '../../src/event/captured.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { fromBase64, textOf } from '../../src/platform/bytes.ts'
import { type TestConsole, newConsole } from '../console/support.ts'
import { type TestGateway, newGateway } from '../support/gateway.ts'
import { type Signed, delivered, signGeneric } from '../support/generic.ts'

const SECRET = 'a-secret-of-the-capture-test'

let name: string
let here: TestConsole
let gateway: TestGateway
let handedOver: number

/** The real watch, with hand-overs counted. */
const countedWatch = {
  getByName(object: string) {
    const watch = env.REFUSALS.getByName(object)
    return new Proxy(watch, {
      get(target, call) {
        if (call === 'capture') handedOver += 1
        return Reflect.get(target, call)
      },
    })
  },
} as GatewayEnv['REFUSALS']

beforeEach(async () => {
  name = `captured-${crypto.randomUUID()}`
  handedOver = 0
  here = newConsole()
  gateway = newGateway({ REFUSALS: countedWatch })
  gateway.clock.nowMs = here.clock.nowMs
  await put({})
})

const put = (settings: Record<string, unknown>) =>
  here.api('PUT', `/api/sources/${name}`, { provider: 'generic', secrets: { hmac: SECRET }, ...settings })

const begin = (forSeconds = 600) =>
  here.api('PUT', `/api/sources/${name}/capture`, { for_seconds: forSeconds })

const sign = (secret: string, ageSeconds = 0, payload: unknown = delivered('m-1')) =>
  signGeneric(payload, secret, Math.floor(gateway.clock.nowMs / 1_000) - ageSeconds)

async function post(signed: Signed, query = '') {
  const answered = await gateway.fetch(`/hooks/${name}${query}`, signed)
  await gateway.settled()
  return answered.status
}

async function captured() {
  const { json } = await here.api('GET', `/api/sources/${name}/capture`)
  return json['captured'] as { request_id: string; code: string; bytes: number }[]
}

async function onlyOne() {
  const [one] = await captured()
  const { json } = await here.api('GET', `/api/sources/${name}/capture/${one?.request_id}`)
  return json as { code: string; esp: string; now: number; request: Record<string, unknown> }
}

const withHeaders = ({ headers, ...rest }: Signed, change: Record<string, string>): Signed => ({
  ...rest,
  headers: { ...headers, ...change },
})

const withoutSignature = ({ headers, ...rest }: Signed): Signed => {
  const { 'x-webhook-signature': _signature, ...others } = headers
  return { ...rest, headers: others }
}

const gzipped = async (signed: Signed): Promise<Signed> => {
  const body = new Response(signed.body).body?.pipeThrough(new CompressionStream('gzip'))
  const bytes = new Uint8Array(await new Response(body).arrayBuffer())
  return { ...withHeaders(signed, { 'content-encoding': 'gzip' }), body: bytes }
}

describe('a refused delivery of a source that is captured', () => {
  beforeEach(async () => void (await begin()))

  it('is kept with its method, URL, headers and body, and the time of its refusal', async () => {
    const signed = withHeaders(await sign('another-secret-of-the-test'), {
      'x-api-key': 'the-key-of-the-sender',
    })
    expect(await post(signed, '?token=abc')).toBe(401)
    const one = await onlyOne()
    expect(one).toMatchObject({
      code: 'signature_mismatch',
      esp: 'generic',
      now: Math.floor(gateway.clock.nowMs / 1_000),
      request: {
        method: 'POST',
        url: `https://gate.example/hooks/${name}?token=abc`,
        headers: signed.headers,
      },
    })
    expect(textOf(fromBase64(String(one.request['body_base64'])) ?? new Uint8Array())).toBe(signed.body)
  })

  it.each<[string, () => Promise<Signed>, string]>([
    ['has a wrong signature', () => sign('another-secret-of-the-test'), 'signature_mismatch'],
    [
      'has no signature, though it is refused before its body is needed',
      async () => withoutSignature(await sign(SECRET)),
      'header_missing',
    ],
    ['is too old', () => sign(SECRET, 86_400), 'timestamp_outside_window'],
  ])('is kept whole if it %s', async (_what, signed, code) => {
    const one = await signed()
    expect(await post(one)).toBe(401)
    expect(await captured()).toMatchObject([{ code, bytes: String(one.body).length }])
  })

  it('is kept inflated, and no header says otherwise', async () => {
    const plain = await sign('another-secret-of-the-test')
    expect(await post(await gzipped(plain))).toBe(401)
    const { request } = await onlyOne()
    expect(Object.keys(request['headers'] as object)).not.toContain('content-encoding')
    expect(textOf(fromBase64(String(request['body_base64'])) ?? new Uint8Array())).toBe(plain.body)
  })

  it('is kept if it is authentic, and its body cannot be read', async () => {
    const basic_auth = { username: 'hooks', password: SECRET }
    await put({ provider: 'postmark', level: 'standard', secrets: { basic_auth } })
    const headers = {
      authorization: `Basic ${btoa(`hooks:${SECRET}`)}`,
      'content-type': 'application/json',
    }
    expect(await post({ method: 'POST', headers, body: '<broken>' })).toBe(403)
    expect(await captured()).toMatchObject([{ code: 'body_malformed', bytes: 8 }])
    expect((await onlyOne()).request).toMatchObject({ headers, body_base64: btoa('<broken>') })
  })

  it.each<[string, () => Promise<Signed>]>([
    ['is accepted', () => sign(SECRET)],
    [
      'is larger than what is kept',
      () => sign('another-secret-of-the-test', 0, 'x'.repeat(CAPTURE_DELIVERY_MAX_BYTES + 1)),
    ],
  ])('is not kept if it %s', async (_what, signed) => {
    await put({ maxBodyBytes: 2 * CAPTURE_DELIVERY_MAX_BYTES })
    await post(await signed())
    expect(await captured()).toEqual([])
    expect(handedOver).toBe(0)
  })

  it('is not kept if the sender is only told to come again', async () => {
    await put({ ratePerMinute: 1 })
    expect(await post(await sign(SECRET, 0, delivered('m-1')))).toBe(200)
    expect(await post(await sign(SECRET, 0, delivered('m-2')))).toBe(429)
    expect(handedOver).toBe(0)
  })

  it('is kept from the next refusal on, in an isolate that has cached the source a second ago', async () => {
    const other = `captured-${crypto.randomUUID()}`
    await here.api('PUT', `/api/sources/${other}`, { provider: 'generic', secrets: { hmac: SECRET } })
    name = other
    expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
    await begin()
    gateway.clock.nowMs += 1_000
    expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
    expect(await captured()).toHaveLength(1)
  })

  it('is not kept once the time is over, though the isolate has the source in its cache', async () => {
    expect(await post(await sign(SECRET))).toBe(200)
    gateway.clock.nowMs += 600_000
    expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
    expect(handedOver).toBe(0)
  })

  it('is not kept once the capture is ended, even by an isolate that has not heard of it', async () => {
    expect(await post(await sign(SECRET))).toBe(200)
    await here.api('DELETE', `/api/sources/${name}/capture`)
    expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
    expect(handedOver).toBe(1)
    expect(await captured()).toEqual([])
    gateway.clock.nowMs += 1_000
    expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
    expect(handedOver).toBe(1)
  })

  it('costs an isolate so many calls, however many a stranger sends', async () => {
    const signed = await sign('another-secret-of-the-test')
    const answers = await Promise.all(
      Array.from({ length: 3 * CAPTURE_MAX_DELIVERIES }, () => gateway.fetch(`/hooks/${name}`, signed)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    await gateway.settled()
    expect(handedOver).toBe(CAPTURE_MAX_DELIVERIES)
    expect(await captured()).toHaveLength(CAPTURE_MAX_DELIVERIES)
    // Another isolate is told after its first.
    const another = newGateway({ REFUSALS: countedWatch })
    another.clock.nowMs = gateway.clock.nowMs
    for (let i = 0; i < 3; i++) {
      await another.fetch(`/hooks/${name}`, signed)
      await another.settled()
    }
    expect(handedOver).toBe(CAPTURE_MAX_DELIVERIES + 1)
  })

  it('is answered the same while the watch is down', async () => {
    const down = { capture: () => Promise.reject(new Error('down')), report: async () => undefined }
    const broken = newGateway({ REFUSALS: { getByName: () => down } as unknown as GatewayEnv['REFUSALS'] })
    broken.clock.nowMs = gateway.clock.nowMs
    const { status } = await broken.fetch(`/hooks/${name}`, await sign('another-secret-of-the-test'))
    expect(status).toBe(401)
    await broken.settled()
  })
})

it('a source that is not captured hands nothing over', async () => {
  expect(await post(await sign('another-secret-of-the-test'))).toBe(401)
  expect(handedOver).toBe(0)
  expect(await captured()).toEqual([])
})
