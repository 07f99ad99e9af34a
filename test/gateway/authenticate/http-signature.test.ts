import { describe, expect, it } from 'vitest'
import { createHttpSignature } from '../../../src/gateway/authenticate/http-signature.ts'
import { concat, fromBase64, toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { innerLists } from '../../../src/platform/structured-fields.ts'
import { httpSignatureProof, signatureBase } from '../../../src/providers/shared/http-signature.ts'
import type {
  Delivery,
  HttpSignature,
  HttpSignatureCredentials,
} from '../../../src/providers/shared/presented-credentials.ts'
import { type Pair, NOW_SECONDS, contextWith, pairOf, signWith } from './making.ts'
import { type Sample, describeScheme } from './suite.ts'

const BODY = utf8('[{"event":"bounced","account":"shop1"}]')
const SHA_256 = toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', BODY)))
const SHA_512 = toBase64(new Uint8Array(await crypto.subtle.digest('SHA-512', BODY)))
const BASE = utf8('"content-digest": …')

const signatureOf = async ({ privateKey }: Pair, signed = BASE): Promise<HttpSignature> => ({
  text: toBase64(await signWith('Ed25519', privateKey, signed)),
  signed,
  keyId: 'k1',
  createdSeconds: NOW_SECONDS,
  expiresAtSeconds: undefined,
})
const credentialsOf = async (pair: Pair): Promise<HttpSignatureCredentials> => ({
  scheme: 'http-signature',
  slots: ['key'],
  signatures: [await signatureOf(pair)],
  digests: [{ hash: 'SHA-256', text: SHA_256 }],
  body: BODY,
  identity: [BODY],
  coversBody: true,
})

const first = ({ signatures: [one] }: HttpSignatureCredentials): HttpSignature => {
  if (one === undefined) throw new Error('there is no signature')
  return one
}
const SAMPLE: Pick<
  Sample<HttpSignatureCredentials>,
  'encoding' | 'codes' | 'presented' | 'present' | 'signed'
> = {
  encoding: 'base64',
  codes: ['signature_mismatch', 'proof_malformed', 'topic_foreign'],
  presented: (credentials) => first(credentials).text,
  present: (credentials, text) => ({ ...credentials, signatures: [{ ...first(credentials), text }] }),
  signed: (credentials, signed) => ({ ...credentials, signatures: [{ ...first(credentials), signed }] }),
}

describeScheme<HttpSignatureCredentials>({
  title: 'HTTP message signatures under a key of the source',
  scheme: createHttpSignature(),
  ...SAMPLE,
  async valid() {
    const pair = await pairOf('ed25519')
    return { credentials: await credentialsOf(pair), secret: pair.secret }
  },
})

const KEY_URL = 'https://keys.example/?id='
const vendor = await pairOf('ed25519')

/** A vendor that answers each request for a key, and what was asked. */
function vendorKeys(answer = () => new Response(JSON.stringify({ id: 'k1', key: vendor.secret.spki }))) {
  const asked: string[] = []
  const fetch = async (input: unknown, init?: RequestInit) => {
    asked.push(`${init?.redirect} ${String(input)}`)
    return answer()
  }
  return { asked, fetch: fetch as typeof globalThis.fetch }
}

const sharedCredentials = async (...accounts: readonly (string | undefined)[]) => ({
  ...(await credentialsOf(vendor)),
  shared: { keyUrl: KEY_URL, accounts: () => accounts },
})
const accountSecret = (id: string) => ({ kind: 'account', id }) as const

let accounts = 0
describeScheme<HttpSignatureCredentials>({
  title: 'HTTP message signatures under a key that all customers share',
  scheme: {
    name: 'http-signature',
    verify: (credentials, context) =>
      createHttpSignature().verify(credentials, { ...context, fetch: vendorKeys().fetch }),
  },
  ...SAMPLE,
  async valid() {
    const id = `shop${++accounts}`
    return { credentials: await sharedCredentials(id), secret: accountSecret(id) }
  },
})

describe('a key that all customers share', () => {
  const verify = async (
    credentials: HttpSignatureCredentials,
    { asked, fetch } = vendorKeys(),
    secrets = [accountSecret('shop1'), accountSecret('shop2')],
  ) => {
    const outcome = await createHttpSignature().verify(credentials, contextWith(secrets, { fetch }))
    return { judged: outcome.ok ? 'passed' : outcome.refusal.code, asked }
  }

  it.each<[string, readonly (string | undefined)[], string]>([
    ['one account of the source', ['shop1'], 'passed'],
    ['several accounts of the source', ['shop1', 'shop2', 'shop1'], 'passed'],
    ['another account', ['shop3'], 'topic_foreign'],
    ['another account among its own', ['shop1', 'shop3'], 'topic_foreign'],
    ['no account', [undefined], 'topic_foreign'],
    ['no account among its own', ['shop1', undefined], 'topic_foreign'],
    ['nothing', [], 'topic_foreign'],
    ['an account in upper case', ['SHOP1'], 'topic_foreign'],
    ['the beginning of an account', ['shop'], 'topic_foreign'],
  ])('signs for %s', async (_what, listed, expected) => {
    const { judged, asked } = await verify(await sharedCredentials(...listed))
    expect([judged, asked]).toEqual([expected, [`manual ${KEY_URL}k1`]])
  })

  it('reads whose a body is only after it was verified', async () => {
    const other = await signatureOf(await pairOf('ed25519'))
    let looks = 0
    const shared = { keyUrl: KEY_URL, accounts: () => [`shop${++looks}`] }
    for (const change of [
      { signatures: [other] },
      { body: utf8('[]') },
      { digests: [{ hash: 'SHA-256' as const, text: SHA_512 }] },
    ])
      expect((await verify({ ...(await credentialsOf(vendor)), shared, ...change })).judged).toBe('signature_mismatch')
    expect(looks).toBe(0)
  }) // prettier-ignore

  it.each([undefined, '', 'a b', 'a/../b', 'a&id=b', 'a%26', 'é', 'a'.repeat(101)])(
    'is not asked for under the id %j',
    async (keyId) => {
      const credentials = await sharedCredentials('shop1')
      const { judged, asked } = await verify({ ...credentials, signatures: [{ ...first(credentials), keyId }] })
      expect([judged, asked]).toEqual(['proof_malformed', []])
    },
  ) // prettier-ignore

  it.each<[string, () => Response, string]>([
    ['no JSON', () => new Response('key'), 'certificate_refused'],
    ['no key', () => Response.json({ id: 'k1' }), 'certificate_refused'],
    ['a key of another kind', () => Response.json({ key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE' }), 'certificate_refused'],
    ['a point of small order', () => Response.json({ key: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }), 'certificate_refused'],
    ['more than a key', () => Response.json({ key: 'A'.repeat(20_000) }), 'certificate_refused'],
    ['another key', () => Response.json({ key: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' }), 'signature_mismatch'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'certificate_refused'],
    ['that there is none', () => new Response('{}', { status: 404 }), 'certificate_refused'],
    ['an error', () => new Response('', { status: 503 }), 'proof_unavailable'],
    ['PEM', () => Response.json({ key: `-----BEGIN PUBLIC KEY-----\n${vendor.secret.spki}\n-----END PUBLIC KEY-----\n` }), 'passed'],
  ])('whose server answers %s', async (_what, answer, expected) => {
    expect((await verify(await sharedCredentials('shop1'), vendorKeys(answer))).judged).toBe(expected)
  }) // prettier-ignore

  it('is fetched once an hour, and stays while its server is down', async () => {
    let answer = () => new Response(JSON.stringify({ key: vendor.secret.spki }))
    const { asked, fetch } = vendorKeys(() => answer())
    const scheme = createHttpSignature()
    const credentials = await sharedCredentials('shop1')
    const at = async (later: number) =>
      (await scheme.verify(credentials, contextWith([accountSecret('shop1')], { fetch, nowSeconds: NOW_SECONDS + later }))).ok
    expect(await Promise.all([at(0), at(0), at(3_599)])).toEqual([true, true, true])
    expect(asked).toHaveLength(1)
    expect(await at(3_600)).toBe(true)
    expect(asked).toHaveLength(2)
    answer = () => new Response('', { status: 500 })
    expect(await at(7_200)).toBe(true)
  }) // prettier-ignore

  it('is not fetched without end for ids that strangers make up', async () => {
    const { asked, fetch } = vendorKeys(() => new Response('no', { status: 404 }))
    const scheme = createHttpSignature()
    const credentials = await sharedCredentials('shop1')
    for (let i = 0; i < 100; i++)
      await scheme.verify(
        { ...credentials, signatures: [{ ...first(credentials), keyId: `made-up-${i}` }] },
        contextWith([accountSecret('shop1')], { fetch }),
      )
    expect(asked).toHaveLength(30)
  })

  it('waits for a key that may still come, though another signature is wrong', async () => {
    const credentials = await sharedCredentials('shop1')
    const one = first(credentials)
    const { fetch } = vendorKeys()
    const some = ((input: string, init: RequestInit) =>
      input.endsWith('down') ? Promise.reject(new TypeError('network down')) : fetch(input, init)) as typeof fetch
    const wrong = { ...one, signed: utf8('other') }
    for (const signatures of [[{ ...one, keyId: 'down' }, wrong], [wrong, { ...one, keyId: 'down' }]])
      expect((await verify({ ...credentials, signatures }, { asked: [], fetch: some })).judged).toBe('proof_unavailable')
  }) // prettier-ignore
})

const pair = await pairOf('ed25519')
const URL_CALLED = 'https://hooks.example/hooks/orders?b=2&a=%20x'
const DIGEST = `sha-256=:${SHA_256}:`

/** A delivery whose signature is over these lines, made without the code under test. */
async function deliveryOf(
  lines: readonly string[],
  { parameters = `created=${NOW_SECONDS};keyid="k1";alg="ed25519"`, headers = {}, by = pair, body = BODY }: {
    parameters?: string
    headers?: Record<string, string | null>
    by?: Pair
    body?: typeof BODY
  } = {},
): Promise<Delivery> {
  const list = `(${lines.map((line) => line.slice(0, line.indexOf(': '))).join(' ')});${parameters}`
  const base = utf8([...lines, `"@signature-params": ${list}`].join('\n'))
  const all = new Headers({
    'content-type': 'application/json',
    'content-digest': DIGEST,
    'signature-input': `sig=${list}`,
    signature: `sig=:${toBase64(await signWith('Ed25519', by.privateKey, base))}:`,
  })
  for (const [name, value] of Object.entries(headers))
    if (value === null) all.delete(name)
    else all.set(name, value)
  return {
    method: 'POST',
    url: URL_CALLED,
    query: new URLSearchParams(),
    headers: all,
    body,
    client: contextWith([]).client,
  }
} // prettier-ignore

async function judge(delivery: Delivery, secrets = [pair.secret], nowSeconds = NOW_SECONDS) {
  const credentials = httpSignatureProof('signature', 'key').credentials(delivery, {})
  if (credentials.scheme === 'none') return `${credentials.problem} ${credentials.field}`
  if (credentials.scheme !== 'http-signature') return credentials.scheme
  const outcome = await createHttpSignature().verify(credentials, contextWith(secrets, { nowSeconds }))
  return outcome.ok ? 'passed' : outcome.refusal.code
}

const COVERED = `"content-digest": ${DIGEST}`

describe('the components of an HTTP message signature', () => {
  it.each([
    ['"@method": POST'],
    [`"@target-uri": ${URL_CALLED}`],
    ['"@authority": hooks.example'],
    ['"@scheme": https'],
    ['"@path": /hooks/orders'],
    ['"@query": ?b=2&a=%20x'],
    ['"@request-target": /hooks/orders?b=2&a=%20x'],
    ['"content-type": application/json'],
  ])('may be %s', async (line) => {
    expect(await judge(await deliveryOf([line, COVERED]))).toBe('passed')
    expect(await judge(await deliveryOf([`${line}x`, COVERED]))).toBe('signature_mismatch')
  })

  it.each([
    ['https://hooks.example', ['"@path": /', '"@query": ?', '"@authority": hooks.example']],
    ['https://hooks.example:443/a', ['"@path": /a', '"@query": ?', '"@authority": hooks.example']],
    ['http://Hooks.Example:8080/a?', ['"@authority": hooks.example:8080', '"@scheme": http', '"@query": ?']],
  ])('are those of the URL that the sender calls: %s', async (url, lines) => {
    expect(await judge({ ...(await deliveryOf([...lines, COVERED])), url })).toBe('passed')
  })

  it.each([
    ['a header that is not there', ['"x-missing": 1', COVERED], {}, 'header_missing x-missing'],
    ['a header that came twice', ['"x-two": a, b', COVERED], { 'x-two': 'a, b' }, 'passed'],
    ['a header with spaces around it', ['"x-pad": a b', COVERED], { 'x-pad': '  a b ' }, 'passed'],
    ['a header that is not ASCII', ['"x-name": é', COVERED], { 'x-name': 'é' }, 'proof_malformed x-name'],
    [
      'a name in upper case',
      ['"Content-Type": application/json', COVERED],
      {},
      'proof_malformed signature-input',
    ],
    ['an unknown one of the request', ['"@status": 200', COVERED], {}, 'proof_malformed @status'],
    [
      'a parameter of the query',
      ['"@query-param";name="b": 2', COVERED],
      {},
      'proof_malformed signature-input',
    ],
    [
      'one with a parameter',
      ['"content-type";sf: application/json', COVERED],
      {},
      'proof_malformed signature-input',
    ],
    [
      'one of them twice',
      ['"@method": POST', '"@method": POST', COVERED],
      {},
      'proof_malformed signature-input',
    ],
    ['no digest', ['"@method": POST'], {}, 'proof_missing content-digest'],
    ['nothing', [], {}, 'proof_missing content-digest'],
  ])('with %s', async (_what, lines, headers, expected) => {
    expect(await judge(await deliveryOf(lines, { headers }))).toBe(expected)
  })
})

describe('the parameters of an HTTP message signature', () => {
  it.each([
    ['created alone', `created=${NOW_SECONDS}`, 'passed'],
    ['all of them', `created=${NOW_SECONDS};expires=${NOW_SECONDS + 1};nonce="n";alg="ed25519";keyid="k";tag="t"`, 'passed'],
    ['an end that is now', `created=${NOW_SECONDS - 9};expires=${NOW_SECONDS}`, 'passed'],
    ['an end that is over', `created=${NOW_SECONDS - 9};expires=${NOW_SECONDS - 1}`, 'timestamp_outside_window'],
    ['an end that is text', `created=${NOW_SECONDS};expires="never"`, 'proof_malformed expires'],
    ['no time', 'keyid="k"', 'proof_missing created'],
    ['a time that is text', `created="${NOW_SECONDS}"`, 'proof_missing created'],
    ['another algorithm', `created=${NOW_SECONDS};alg="hmac-sha256"`, 'proof_malformed alg'],
    ['the algorithm in upper case', `created=${NOW_SECONDS};alg="Ed25519"`, 'proof_malformed alg'],
    ['a key that is a number', `created=${NOW_SECONDS};keyid=7`, 'proof_malformed keyid'],
    ['a time twice', `created=${NOW_SECONDS};created=${NOW_SECONDS}`, 'proof_malformed signature-input'],
  ])('with %s', async (_what, parameters, expected) => {
    expect(await judge(await deliveryOf([COVERED], { parameters }))).toBe(expected)
  }) // prettier-ignore
})

describe('the headers of an HTTP message signature', () => {
  it.each<[string, Record<string, string | null>, string]>([
    ['no Signature-Input', { 'signature-input': null }, 'header_missing signature-input'],
    ['no Signature', { signature: null }, 'header_missing signature'],
    ['no Content-Digest', { 'content-digest': null }, 'header_missing content-digest'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 'proof_malformed content-encoding'],
    ['a body that says that it is not compressed', { 'content-encoding': 'identity' }, 'passed'],
    ['a Signature-Input of another form', { 'signature-input': 'sig=content-digest' }, 'proof_malformed signature-input'],
    ['a huge Signature-Input', { 'signature-input': `sig=("${'a'.repeat(9_000)}")` }, 'proof_malformed signature-input'],
    ['a Signature of another form', { signature: 'sig=AA==' }, 'proof_malformed signature'],
    ['a Signature of another label', { signature: 'other=:AA==:' }, 'proof_missing signature'],
    ['an empty Signature', { signature: 'sig=::' }, 'proof_missing'],
    ['a Content-Digest of another form', { 'content-digest': SHA_256 }, 'proof_malformed content-digest'],
    ['a Content-Digest of an unknown hash', { 'content-digest': `md5=:${SHA_256}:` }, 'proof_malformed content-digest'],
    ['another Content-Digest', { 'content-digest': `sha-256=:${toBase64(new Uint8Array(32))}:` }, 'signature_mismatch'],
    ['five signatures', { 'signature-input': ['a', 'b', 'c', 'd', 'e'].map((label) => `${label}=()`).join(', ') }, 'proof_malformed signature-input'],
  ])('with %s', async (_what, headers, expected) => {
    expect(await judge(await deliveryOf([COVERED], { headers }))).toBe(expected)
  }) // prettier-ignore

  it.each([
    ['the hash of the body', `sha-512=:${SHA_512}:`, 'passed'],
    ['both hashes', `sha-256=:${SHA_256}:, sha-512=:${SHA_512}:`, 'passed'],
    ['a hash that is unknown beside it', `sha-256=:${SHA_256}:, unixsum=:AAAA:`, 'passed'],
    [
      'one hash that is right and one that is not',
      `sha-256=:${SHA_256}:, sha-512=:${SHA_256}:`,
      'signature_mismatch',
    ],
    ['a hash in another spelling', `sha-256=:${SHA_256.replace(/=+$/, '')}:`, 'signature_mismatch'],
    ['the hash of another body', `sha-256=:${toBase64(new Uint8Array(32))}:`, 'signature_mismatch'],
  ])('whose digest is signed and has %s', async (_what, digest, expected) => {
    const lines = [`"content-digest": ${digest}`]
    expect(await judge(await deliveryOf(lines, { headers: { 'content-digest': digest } }))).toBe(expected)
  })

  it('belong to this body', async () => {
    const body = concat([BODY, utf8(' ')])
    expect(await judge(await deliveryOf([COVERED], { body }))).toBe('signature_mismatch')
  })
})

describe('several HTTP message signatures', () => {
  const both = async (theirs: Delivery, ours: Delivery): Promise<Delivery> => {
    const headers = new Headers(ours.headers)
    for (const name of ['signature-input', 'signature'])
      headers.set(name, `${theirs.headers.get(name)?.replace('sig=', 'proxy=')}, ${ours.headers.get(name)}`)
    return { ...ours, headers }
  }

  it.each([
    ['by another key', async () => deliveryOf([COVERED], { by: await pairOf('ed25519') })],
    ['that covers something else', () => deliveryOf(['"@method": POST'])],
    ['by another algorithm', () => deliveryOf([COVERED], { parameters: `created=${NOW_SECONDS};alg="rsa-pss-sha512"` })],
    ['with components that are unknown here', () => deliveryOf(['"x-missing";sf: 1', COVERED])],
  ])('pass with one that is right, beside one %s', async (_what, theirs) => {
    const ours = await deliveryOf([COVERED])
    expect(await judge(await both(await theirs(), ours))).toBe('passed')
    expect(await judge(await both(ours, await theirs()))).toMatch(/passed|header|proof/)
  }) // prettier-ignore

  it('are as old as the oldest', async () => {
    const old = await deliveryOf([COVERED], { parameters: `created=${NOW_SECONDS - 1_000}` })
    const credentials = httpSignatureProof('signature', 'key').credentials(
      await both(old, await deliveryOf([COVERED])),
      {},
    )
    expect(credentials).toMatchObject({ signedAtSeconds: NOW_SECONDS - 1_000 })
  })
})

/** RFC 9421 appendix B.1.4 and B.2.6. The example covers no digest, so the proof itself refuses it. */
const RFC_9421 = {
  publicKey: 'JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=',
  input:
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  signature: 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
  url: 'https://example.com/foo?param=Value&Pet=dog',
  headers: {
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-digest':
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    'content-length': '18',
  },
}

describe('HTTP message signatures known answers', () => {
  const head = {
    method: 'POST',
    url: RFC_9421.url,
    query: new URLSearchParams(),
    headers: new Headers(RFC_9421.headers),
    client: contextWith([]).client,
  }
  const list = innerLists(RFC_9421.input)?.get('sig-b26') ?? { text: '', items: [], parameters: new Map() }

  it('have the signature base and the signature of RFC 9421 appendix B.2.6', async () => {
    const base = signatureBase(list, head)
    expect(base).toBe(
      `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`,
    )
    const raw = fromBase64(RFC_9421.publicKey) ?? new Uint8Array()
    const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
    const signature = fromBase64(RFC_9421.signature) ?? new Uint8Array()
    expect(
      await crypto.subtle.verify('Ed25519', key, signature, utf8(typeof base === 'string' ? base : '')),
    ).toBe(true)
  })

  it('accept no signature that does not cover the digest, such as that one', async () => {
    const headers = new Headers({
      ...RFC_9421.headers,
      'signature-input': RFC_9421.input,
      signature: `sig-b26=:${RFC_9421.signature}:`,
    })
    const body = utf8('{"hello": "world"}')
    expect(await judge({ ...head, headers, body })).toBe('proof_missing content-digest')
  }) // prettier-ignore

  it.each([
    // RFC 9421 section 2.5 and RFC 9530 appendix B.1; the body of the latter ends with a line feed.
    ['{"hello": "world"}', 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'],
    ['{"hello": "world"}', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'],
    ['{"hello": "world"}\n', 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'],
    ['', 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'],
  ])('have the digest of %j: %s', async (text, digest) => {
    const lines = [`"content-digest": ${digest}`]
    const made = (body: string) => deliveryOf(lines, { headers: { 'content-digest': digest }, body: utf8(body) })
    expect(await judge(await made(text))).toBe('passed')
    expect(await judge(await made(`${text} `))).toBe('signature_mismatch')
  }) // prettier-ignore
})
