import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { NOW_SECONDS, run } from './run.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

const providers = SENDERS.map(({ provider }) => provider)
const at = (...parts: string[]) => path.join(folder, ...parts)
/** For an ESP whose certificate or key is fetched. */
const certificateOf = (provider: string) => {
  const file = at(provider, 'certificate.pem')
  return existsSync(file) ? ['--certificate', file] : []
}

describe('what sign makes, verify proves', () => {
  it.each(providers)('%s, as an HTTP request and a document', async (provider) => {
    expect(await run(['sign', provider, '--out', at(provider)])).toMatchObject({ code: 0, out: '' })
    const source = ['--source', at(provider, 'source.json')]
    const verified = await run([
      'verify',
      at(provider, 'request.http'),
      ...source,
      ...certificateOf(provider),
    ])
    expect(verified).toMatchObject({ code: 0, complaints: '' })
    expect(verified.out).toMatch(/^verified by \w+\nwindow: \d+ s; .*\nevents: 1\n {2}email\.\w+ /)
    expect(verified.out).not.toContain('someone@example.com')
  })

  it.each(providers)('%s, as a recorded case', async (provider) => {
    const { out } = await run(['sign', provider, '--case'])
    expect(await run(['verify', '-'], out)).toMatchObject({ code: 0, complaints: '' })
  })

  it('of the kind that was asked for', async () => {
    const { out } = await run(['sign', 'generic', '--kind', 'email.bounced', '--case'])
    expect((await run(['verify', '-'], out)).out).toContain('\n  email.bounced sample-')
  })
})

describe('verify', () => {
  it('is not verified with the document of another account, and quotes none of it', async () => {
    await run(['sign', 'sendgrid', '--out', at('one')])
    await writeFile(at('other.json'), (await run(['sign', 'sendgrid', '--document'])).out)
    const args = ['verify', at('one', 'request.http'), '--source', at('other.json')]
    const { code, out } = await run(args)
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^not verified: signature_mismatch/),
    })
    expect(out).toContain('Most likely the secret is of another webhook')
    const request = await readFile(at('one', 'request.http'), 'latin1')
    const signature = /signature: (\S+)/.exec(request)?.[1] ?? ''
    expect(signature.length).toBeGreaterThan(60)
    expect(out).not.toContain(signature)
  })

  type Recorded = {
    request: { headers: Record<string, string> }
    secrets: Record<string, unknown>
    config?: object
  }

  it.each<[string, string, (recorded: Recorded) => void, RegExp]>([
    [
      'another URL, where the URL is signed',
      'mandrill',
      (recorded) => {
        delete recorded.secrets['webhook_url']
        recorded.config = { publicUrl: 'https://elsewhere.example/other' }
      },
      /over the URL, too: publicUrl must be, character by character/,
    ],
    [
      'another secret of Standard Webhooks, which do not sign the URL, at Bird',
      'bird',
      (recorded) => {
        recorded.secrets['signing_secret'] = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
      },
      /Most likely the secret is of another webhook/,
    ],
    [
      'another URL that differs by a slash',
      'mandrill',
      (recorded) => {
        delete recorded.secrets['webhook_url']
        recorded.config = { publicUrl: 'https://hooks.example.net/mandrill/?shop=1' }
      },
      /probably: The signature is over another URL: the one that the ESP has, without the slash/,
    ],
    [
      'a header that is not there',
      'customerio',
      ({ request }) => {
        delete request.headers['x-cio-signature']
      },
      /Most likely the ESP does not sign or present it yet/,
    ],
    [
      'other credentials',
      'brevo',
      ({ secrets }) => {
        secrets['basic_auth'] = { username: 'hooks', password: 'another-password-0123' }
      },
      /of another webhook, account or environment, or were changed at one end/,
    ],
    [
      'another topic',
      'ses',
      ({ secrets }) => {
        secrets['topic_arns'] = ['arn:aws:sns:eu-central-1:123456789012:other']
      },
      /Name that topic’s ARN in secrets.topic_arns/,
    ],
  ])('says what is left to say of %s', async (_what, provider, change, words) => {
    const recorded = JSON.parse((await run(['sign', provider, '--case'])).out) as Recorded
    change(recorded)
    const { code, out } = await run(['verify', '-'], JSON.stringify(recorded))
    expect(code).toBe(1)
    expect(out).toMatch(words)
  })

  it('judges at the time that it is given', async () => {
    const { out } = await run(['sign', 'resend', '--case'])
    const late = await run(['verify', '-', '--now', String(NOW_SECONDS + 301)], out)
    expect(late).toMatchObject({
      code: 1,
      out: expect.stringContaining('verified by signature, but outside of the window'),
    })
    expect(late.out).toContain('probably: It was signed 301 s before')
    expect(await run(['verify', '-', '--now', String(NOW_SECONDS + 300)], out)).toMatchObject({ code: 0 })
  })

  it('says all that is wrong with the document', async () => {
    const recorded = JSON.parse((await run(['sign', 'mailgun', '--case'])).out) as Record<string, unknown>
    const wrong = { ...recorded, config: { level: 'high', ratePerMinute: 0 } }
    const { code, out } = await run(['verify', '-'], JSON.stringify(wrong))
    expect(code).toBe(1)
    expect(out).toMatch(/document is wrong\n {2}level: .*\n {2}ratePerMinute: /)
  })

  it('takes a gzip body as the gateway does', async () => {
    const recorded = JSON.parse((await run(['sign', 'resend', '--case'])).out) as {
      request: { headers: Record<string, string>; body_base64: string }
    }
    const { gzipSync } = await import('node:zlib')
    recorded.request.headers['content-encoding'] = 'gzip'
    recorded.request.body_base64 = gzipSync(Buffer.from(recorded.request.body_base64, 'base64')).toString(
      'base64',
    )
    expect(await run(['verify', '-'], JSON.stringify(recorded))).toMatchObject({ code: 0 })
  })

  it('takes a URL with credentials, as people note it', async () => {
    const { out } = await run(['sign', 'mandrill', '--case'])
    const named = ['--requested', 'https://ops:pass@hooks.example.net/hooks/s']
    expect(await run(['verify', '-', ...named], out)).toMatchObject({ code: 0, complaints: '' })
  })

  it('shows no control characters of an id', async () => {
    const recorded = JSON.parse((await run(['sign', 'postmark', '--case'])).out) as {
      request: { body_base64: string }
    }
    const body = JSON.parse(Buffer.from(recorded.request.body_base64, 'base64').toString()) as object
    const hostile = JSON.stringify({ ...body, MessageID: 'a\u001b[2Jb' })
    recorded.request.body_base64 = Buffer.from(hostile).toString('base64')
    expect((await run(['verify', '-'], JSON.stringify(recorded))).out).toMatch(/ a\[U\+001B\]\[2Jb\n$/)
  })
})

describe('wrongly asked', () => {
  it.each([
    ['nothing named', ['verify'], '', /Name one FILE/],
    ['two files', ['verify', 'a', 'b'], '', /Name one FILE/],
    [
      'unknown option',
      ['verify', '-', '--sauce', 'x'],
      '',
      /option --sauce is unknown. Did you mean --source/,
    ],
    ['no such file', ['verify', '/no/such/file'], '', /cannot be read/],
    ['a request without a document', ['verify', '-'], 'POST / HTTP/1.1\r\n\r\n', /needs --source/],
    ['no request', ['verify', '-'], 'hello\n\n', /request line/],
    ['no end of the head', ['verify', '-'], 'POST / HTTP/1.1\r\nhost: a', /empty line/],
    ['no header', ['verify', '-'], 'POST / HTTP/1.1\r\nhost a\r\n\r\n', /Line 2/],
    ['a body in chunks', ['verify', '-'], 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n', /chunks/],
    ['broken JSON', ['verify', '-'], '{', /is not JSON/],
    ['a case without a request', ['verify', '-'], '{}', /needs a "request"/],
    ['time in words', ['verify', '-', '--now', 'today'], '{}', /Unix seconds/],
    ['no such command', ['prove'], '', /no such command/],
    ['no such provider', ['sign', 'pigeon'], '', /no such provider/],
    ['a kind that it does not report', ['sign', 'mailpace', '--kind', 'email.clicked'], '', /reports: /],
    [
      'http to another machine',
      ['sign', 'resend', '--to', 'http://example.com/'],
      '',
      /https, or http to this machine/,
    ],
    ['put to no source', ['sign', 'resend', '--put', 'http://localhost:9/'], '', /name of a source/],
  ])('%s', async (_, args, stdin, words) => {
    const { code, out, complaints } = await run(args, stdin)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(complaints).toMatch(words)
  })

  it('with nothing at all, says how', async () => {
    expect(await run([])).toMatchObject({ code: 2, out: expect.stringContaining('postern verify FILE|-') })
    expect(await run(['help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('postern sign [PROVIDER]'),
    })
  })
})
