import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Capture } from '../../src/cli/capture.ts'
import { DIAGNOSES, SIGNS, diagnose } from '../../src/cli/diagnose/index.ts'
import { judge } from '../../src/cli/judge.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { NOW_SECONDS as now } from './run.ts'

const KEY = 'k7Qm2xV9pL4tR8wZ'
const HEX = 'a3f19c0be47d5528c6610f9e8d7b24a1'
const WHSEC = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

async function sample(provider: string, kind?: string): Promise<Capture> {
  const account = await senderNamed(provider)?.open()
  if (account === undefined) throw new Error(`no sender ${provider}`)
  const simulated = {
    kind: kind ?? account.kinds[0] ?? '',
    messageId: 'm-1',
    recipient: 'grace.hopper@example.com',
    occurredAtSeconds: now - 5,
    url: 'https://example.net/ü/x',
  }
  const { method, query, headers, body } = await account.deliver([simulated], now)
  return {
    method,
    url: `https://hooks.example.net/hooks/s${query}`,
    headers: Object.entries(headers),
    body,
    document: account.document,
    certificates: account.serves ?? {},
    nowSeconds: now,
  }
}

/** A sender of one's own that signs the body alone, under any key bytes. */
function own(body: string, key: string | Buffer, more: Partial<Capture> = {}): Capture {
  const mac = createHmac('sha256', key).update(body).digest('hex')
  return {
    method: 'POST',
    url: 'https://hooks.example.net/hooks/own',
    headers: [
      ['content-type', 'application/json'],
      ['x-webhook-signature', `sha256=${mac}`],
    ],
    body: Buffer.from(body),
    document: { provider: 'generic', secrets: { hmac: KEY } },
    certificates: {},
    nowSeconds: now,
    ...more,
  }
}

function standard(key: string | Buffer, secret: string): Capture {
  const body = JSON.stringify(EVENT)
  const mac = createHmac('sha256', key).update(`msg_1.${now}.${body}`).digest('base64')
  return own(body, KEY, {
    headers: [
      ['content-type', 'application/json'],
      ['webhook-id', 'msg_1'],
      ['webhook-timestamp', String(now)],
      ['webhook-signature', `v1,${mac}`],
    ],
    document: { provider: 'standard-webhooks', secrets: { signing_secret: secret } },
  })
}

const EVENT = {
  event_type: 'email.clicked',
  timestamp: new Date(now * 1_000).toISOString(),
  data: { message_id: 'm-1', recipient: 'grace@example.com', url: 'https://example.net/ü?a=1&b=2', n: [] },
}
const COMPACT = JSON.stringify(EVENT)

const textOf = ({ body }: Capture): string => Buffer.from(body).toString('utf8')
const withBody = (capture: Capture, body: string): Capture => ({ ...capture, body: Buffer.from(body) })
const changed = (capture: Capture, change: (body: string) => string) =>
  withBody(capture, change(textOf(capture)))
const withHeaders = (
  capture: Capture,
  change: (name: string, value: string) => readonly [string, string],
) => ({
  ...capture,
  headers: capture.headers.map(([name, value]) => change(name, value)),
})
const signature = (capture: Capture, change: (value: string) => string): Capture =>
  withHeaders(capture, (name, value) => [name, name.endsWith('signature') ? change(value) : value])
const hexTo = (encoding: 'base64' | 'base64url') => (value: string) =>
  `sha256=${Buffer.from(value.replace('sha256=', ''), 'hex').toString(encoding)}`

function mandrill(capture: Capture, publicUrl: string): Capture {
  return { ...capture, document: { ...capture.document, publicUrl } }
}

async function birdSignedFor(url: string): Promise<Capture> {
  const body = '{"type":"x"}'
  const mac = createHmac('sha256', KEY)
    .update(`${now}\n${url}\n`)
    .update(createHash('sha256').update(body).digest())
    .digest('base64')
  return own(body, KEY, {
    headers: [
      ['content-type', 'application/json'],
      ['messagebird-signature', mac],
      ['messagebird-request-timestamp', String(now)],
    ],
    document: { provider: 'bird', secrets: { signing_key: KEY } },
  })
}

type Row = readonly [what: string, name: string, words: RegExp, broken: () => Capture | Promise<Capture>]

const BROKEN: readonly Row[] = [
  ['LF at the end lost', 'body-newline-lost', /\(LF\)/, () => withBody(own(`${COMPACT}\n`, KEY), COMPACT)],
  ['CRLF at the end lost', 'body-newline-lost', /CRLF/, async () => changed(await sample('sendgrid'), (b) => b.trimEnd())],
  ['newline added', 'body-newline-added', /line end/, async () => changed(await sample('mailtrap'), (b) => `${b}\n`)],
  ['CRLF became LF', 'body-crlf-lost', /CRLF/, async () => changed(await sample('sendgrid'), (b) => b.replaceAll('\r\n', '\n'))],
  ['LF became CRLF', 'body-crlf-added', /are CRLF now/, () => changed(own(JSON.stringify(EVENT, null, 1), KEY), (b) => b.replaceAll('\n', '\r\n'))],
  ['byte order mark', 'body-byte-order-mark', /byte order mark/, async () => changed(await sample('resend'), (b) => `\ufeff${b}`)],
  ['serialised twice', 'body-json-quoted', /twice/, async () => changed(await sample('resend'), (b) => JSON.stringify(b))],
  ['base64', 'body-base64', /base64/, async () => changed(await sample('resend'), (b) => Buffer.from(b).toString('base64'))],
  ['pretty-printed', 'body-json-rewritten', /minified\./, () => withBody(own(COMPACT, KEY), JSON.stringify(EVENT, null, 2))],
  ['minified', 'body-json-rewritten', /indented by two spaces\./, () => withBody(own(JSON.stringify(EVENT, null, 2), KEY), COMPACT)],
  ['spaces lost', 'body-json-rewritten', /as Python writes it/, () => withBody(own('{"event_type": "email.sent", "data": {}}', KEY), '{"event_type":"email.sent","data":{}}')],
  ['escaped slashes lost', 'body-json-rewritten', /as PHP writes it/, () => withBody(own(COMPACT.replaceAll('/', '\\/').replaceAll('ü', '\\u00fc'), KEY), COMPACT)],
  ['slashes escaped', 'body-json-rewritten', /minified\./, () => withBody(own(COMPACT, KEY), COMPACT.replaceAll('/', '\\/').replaceAll('ü', '\\u00fc'))],
  ['ampersands escaped', 'body-json-rewritten', /as Go writes it/, () => withBody(own(COMPACT.replaceAll('&', '\\u0026'), KEY), COMPACT)],
  ['base64 for hex', 'signature-other-encoding', /base64 where hex/, () => signature(own(COMPACT, KEY), hexTo('base64'))],
  ['base64url for hex', 'signature-other-encoding', /where hex/, () => signature(own(COMPACT, KEY), hexTo('base64url'))],
  ['upper-case hex', 'signature-other-encoding', /upper case/, () => signature(own(COMPACT, KEY), (s) => `sha256=${s.slice(7).toUpperCase()}`)],
  ['hex for base64', 'signature-other-encoding', /hex where base64/, async () => signature(await sample('mailpace'), (s) => Buffer.from(s, 'base64').toString('hex'))],
  ['prefix lost', 'signature-prefix', /"sha256=" belongs/, async () => signature(await sample('generic'), (s) => s.slice(7))],
  ['version lost', 'signature-prefix', /"v1," belongs/, async () => signature(await sample('resend'), (s) => s.slice(3))],
  ['upper-case hex in the body', 'signature-upper-case-in-body', /upper-case/, async () => changed(await sample('mailgun'), (b) => b.replace(/"signature":"([0-9a-f]+)"/, (_, hex: string) => `"signature":"${hex.toUpperCase()}"`))],
  ['underscores', 'header-other-name', /underscores/, async () => withHeaders(await sample('sendgrid'), (n, v) => [n.startsWith('x-') ? `HTTP_${n.replaceAll('-', '_')}` : n, v])],
  ['x- lost', 'header-other-name', /without the "x-"/, async () => withHeaders(await sample('generic'), (n, v) => [n.replace(/^x-/, ''), v])],
  ['proxy prefix', 'header-other-name', /proxy/, async () => withHeaders(await sample('resend'), (n, v) => [n.startsWith('svix') ? `x-forwarded-${n}` : n, v])],
  ['milliseconds', 'timestamp-milliseconds', /milliseconds/, async () => withHeaders(await sample('generic'), (n, v) => [n, n.endsWith('timestamp') ? `${v}000` : v])],
  ['milliseconds signed', 'milliseconds-signed', /Unix seconds/, async () => withHeaders(await sample('generic'), (n, v) => [n, n.endsWith('timestamp') ? `${Number(v) + 1}000` : v])],
  ['white space around the secret', 'secret-white-space', /secrets\.hmac/, () => own(COMPACT, KEY, { document: { provider: 'generic', secrets: { hmac: ` ${KEY}\n` } } })],
  ['whsec_ as text', 'secret-prefix-as-text', /whsec_/, () => standard(WHSEC, WHSEC)],
  ['whsec_ not decoded', 'secret-not-decoded', /decode it/, () => standard(WHSEC.slice(6), WHSEC)],
  ['whsec_ not cut', 'secret-prefix-not-cut', /without that prefix/, () => own(COMPACT, KEY, { document: { provider: 'generic', secrets: { hmac: `whsec_${KEY}` } } })],
  ['hex as bytes', 'secret-hex-as-bytes', /hex secret/, () => own(COMPACT, Buffer.from(HEX, 'hex'), { document: { provider: 'generic', secrets: { hmac: HEX } } })],
  ['base64 as bytes', 'secret-base64-as-bytes', /base64 secret/, () => own(COMPACT, Buffer.alloc(24, 7), { document: { provider: 'generic', secrets: { hmac: WHSEC.slice(6) } } })],
  ['Basic swapped', 'basic-swapped', /swapped/, () => own(COMPACT, KEY, { headers: [['content-type', 'application/json'], ['authorization', `Basic ${Buffer.from(`postern-1:${KEY}`).toString('base64')}`]], document: { provider: 'postmark', secrets: { basic_auth: { username: KEY, password: 'postern-1' } } } })],
  ['another slot', 'secret-other-slot', /secrets\.hmac/, () => own(COMPACT, KEY, { document: { provider: 'generic', secrets: { api_key: KEY } } })],
  ['slash at the end', 'url-other', /without the slash/, async () => mandrill(await sample('mandrill'), 'https://hooks.example.net/mandrill/?shop=1')],
  ['http', 'url-other', /with https/, async () => mandrill(await sample('mandrill'), 'http://hooks.example.net/mandrill?shop=1')],
  ['port', 'url-other', /without its port/, async () => mandrill(await sample('mandrill'), 'https://hooks.example.net:8443/mandrill?shop=1')],
  ['query lost', 'url-other', /as the request has it/, async () => mandrill(await sample('mandrill'), 'https://hooks.example.net/mandrill')],
  ['slash missing', 'url-other', /with a slash/, () => birdSignedFor('https://hooks.example.net/hooks/own/')],
  ['port not written', 'url-other', /port 443/, () => birdSignedFor('https://hooks.example.net:443/hooks/own')],
  ['signed without query', 'url-other', /without its query/, async () => ({ ...(await birdSignedFor('https://hooks.example.net/hooks/own')), url: 'https://hooks.example.net/hooks/own?utm=1' })],
  ['signed long ago', 'clock', /signed 4000 s before/, async () => ({ ...(await sample('resend')), nowSeconds: now + 4_000 })],
  ['signed in the future', 'clock', /signed 4000 s after/, async () => ({ ...(await sample('resend')), nowSeconds: now - 4_000 })],
  ['SendGrid API key', 'key-of-another-kind', /a SendGrid API key/, async () => ({ ...(await sample('sendgrid')), document: { provider: 'sendgrid', secrets: { public_key: 'SG.abcdefghijklmnop.qrstuvwxyz0123456789' } } })],
  ['Mailgun API key', 'key-of-another-kind', /a Mailgun API/, async () => ({ ...(await sample('mailgun')), document: { provider: 'mailgun', secrets: { signing_key: `key-${HEX}` } } })],
  ['cut JSON', 'body-cut', /has 40 bytes, and begins with \{ but does not end with \}/, () => withBody(own(COMPACT, KEY), COMPACT.slice(0, 40))],
  ['cut body', 'length-differs', /Content-Length says 999/, () => withBody(own(COMPACT, KEY, { headers: [...own(COMPACT, KEY).headers, ['content-length', '999']] }), COMPACT.slice(0, 40))],
  ['certificate not at hand', 'certificate-unfetched', /sns\.[a-z0-9-]+\.amazonaws\.com/, async () => ({ ...(await sample('ses')), certificates: {} })],
] // prettier-ignore

describe('what is probably wrong', () => {
  it.each(BROKEN)('%s: %s', async (_, name, words, broken) => {
    const capture = await broken()
    const found = await diagnose(capture, await judge(capture))
    expect(found.map((one) => one.name)).toContain(name)
    expect(found.find((one) => one.name === name)?.sentence).toMatch(words)
    const told = JSON.stringify(found)
    expect([KEY, HEX, WHSEC, 'grace', '{detail}'].filter((secret) => told.includes(secret))).toEqual([])
  })

  it('has a broken capture for each diagnosis and each sign', () => {
    const names = [...DIAGNOSES, ...SIGNS].map(({ name }) => name)
    const attempted = new Set(BROKEN.map(([, name]) => name))
    expect(names.filter((name) => !attempted.has(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })

  it('finds nothing where the key is simply another one', async () => {
    const [mine, theirs] = [await sample('generic'), await sample('generic')]
    const capture = { ...mine, document: theirs.document }
    expect(await diagnose(capture, await judge(capture))).toEqual([])
  })

  it('takes no longer than the body is long, for a megabyte of white space that is not at its end', async () => {
    const capture = withBody(own(COMPACT, KEY), `${' '.repeat(1_000_000)}x`)
    expect(await diagnose(capture, await judge(capture))).toEqual([])
  })

  it('finds no fault with milliseconds where they are right', async () => {
    const [mine, theirs] = [await sample('alibaba-directmail'), await sample('alibaba-directmail')]
    const capture = { ...mine, document: theirs.document }
    expect(await diagnose(capture, await judge(capture))).toEqual([])
  })

  it('finds nothing where a value in the body was changed', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const capture = changed(await sample('sendgrid'), (body) => body.replace('hopper', 'copper'))
    expect(await diagnose(capture, await judge(capture))).toEqual([])
    const secrets = { public_key: publicKey.export({ type: 'spki', format: 'pem' }) }
    const other = { ...(await sample('sendgrid')), document: { provider: 'sendgrid', secrets } }
    expect(await diagnose(other, await judge(other))).toEqual([])
  })
})
