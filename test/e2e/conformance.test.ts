/** `npm run conformance` passes correct cases, and fails others with a message. */
import { execFile } from 'node:child_process'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateFor } from '../../src/simulator/certificate.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { ROOT } from '../../scripts/workers.ts'

/** Long ago: any clock but the case's own would refuse all signatures of that time. */
const NOW = 1_600_000_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
  for (const name of ['right', 'wrong', 'empty']) await mkdir(join(folder, name))
})
afterAll(() => rm(folder, { recursive: true }))

interface Expect {
  readonly verdict: 'accept' | 'reject'
  readonly events?: readonly object[]
}

async function recorded(provider: string, name: string, expect: Expect, change: object = {}, serves = true) {
  const account = await senderNamed(provider)?.open()
  if (account === undefined) throw new Error(`no simulated ${provider}`)
  const { secrets } = account.document as { secrets: object }
  const happened = {
    kind: 'email.delivered',
    messageId: 'm-1',
    recipient: 'a@example.com',
    occurredAtSeconds: NOW,
  }
  const { method, query, headers, body } = await account.deliver([happened], NOW)
  return {
    esp: provider,
    name,
    request: {
      method,
      url: `https://hooks.example.test/in${query}`,
      headers,
      body_base64: Buffer.from(body).toString('base64'),
    },
    secrets: {
      ...secrets,
      ...(serves && account.serves !== undefined ? { certificates: account.serves } : {}),
    },
    now: NOW,
    // Not signed by others, who are claimed for some of these ESPs.
    signature_origin: 'generated from the documented scheme',
    expect: { events: [], ...expect },
    ...change,
  }
}

/** SNS asks to confirm a subscription. The link in its body leads elsewhere and must not be followed. */
function confirmation() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const notBefore = new Date('2020-01-01')
  const notAfter = new Date('2049-01-01')
  const certificate = certificateFor({
    commonName: 'sns.amazonaws.com',
    publicKey,
    privateKey,
    notBefore,
    notAfter,
  })
  const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem'
  const topic = 'arn:aws:sns:eu-west-1:123456789012:mail'
  const fields: Readonly<Record<string, string>> = {
    Message: 'You have chosen to subscribe',
    MessageId: 'm-1',
    SubscribeURL: 'https://elsewhere.test/?Action=ConfirmSubscription',
    Timestamp: new Date(NOW * 1_000).toISOString(),
    Token: '2336412f37fb687f5d51e6e2',
    TopicArn: topic,
    Type: 'SubscriptionConfirmation',
  }
  const signed = Object.entries(fields).map(([name, value]) => `${name}\n${value}\n`)
  const signature = createSign('sha256').update(signed.join('')).sign(privateKey).toString('base64')
  const body = { ...fields, SignatureVersion: '2', Signature: signature, SigningCertURL: certificateUrl }
  return {
    request: {
      method: 'POST',
      url: 'https://hooks.example.test/in',
      headers: { 'content-type': 'text/plain' },
      body_base64: Buffer.from(JSON.stringify(body)).toString('base64'),
    },
    secrets: { topic_arns: [topic], certificates: { [certificateUrl]: certificate } },
    expect: {
      verdict: 'accept',
      response: {
        action: 'confirm_subscription',
        get: `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37fb687f5d51e6e2`,
      },
    },
  }
}

/** The test vector of the Standard Webhooks libraries. Its key is published, and a deployment refuses such keys. */
const knownAnswer = (name: string, body: string, verdict: 'accept' | 'reject') => ({
  esp: 'standard-webhooks',
  name,
  request: {
    method: 'POST',
    url: 'https://hooks.example.test/in',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body_base64: Buffer.from(body).toString('base64'),
  },
  secrets: { signing_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  now: 1_614_265_330,
  expect: { verdict, events: [] },
})

const delivered = { type: 'email.delivered', recipient: 'a@example.com' }

function conformance(...folders: readonly string[]): Promise<{ code: number; lines: string[] }> {
  const paths = folders.map((name) => join(folder, name))
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/conformance.ts', ...paths], { cwd: ROOT }, (failure, stdout) => {
      resolve({
        code: typeof failure?.code === 'number' ? failure.code : 0,
        lines: stdout.trimEnd().split('\n'),
      })
    })
  })
}

describe('the conformance run', () => {
  it('passes cases with the recorded outcome: accepted, replayed, refused, with their own certificate', async () => {
    const right = [
      await recorded('sendgrid', 'plain', { verdict: 'accept', events: [delivered] }),
      await recorded('ses', 'certificate', { verdict: 'accept', events: [delivered] }),
      await recorded(
        'resend',
        'replayed',
        { verdict: 'accept', events: [delivered] },
        { precondition: 'once before' },
      ),
      await recorded('ses', 'confirmed by us', { verdict: 'accept' }, confirmation()),
      await recorded('resend', 'stale', { verdict: 'reject' }, { now: NOW + 3_600 }),
      await recorded('resend', 'no key', { verdict: 'reject' }, { secrets: { signing_secret: 'x' } }),
      knownAnswer('under a published key', '{"test": 2432232314}', 'accept'),
      knownAnswer('under a published key, changed', '{"test":2432232314}', 'reject'),
    ]
    await writeFile(join(folder, 'right/cases.json'), JSON.stringify(right))
    const { code, lines } = await conformance('right')
    expect([code, lines.at(-1)]).toEqual([0, '8 passed, 0 failed'])
    expect(lines[0]).toMatch(/^note {3}resend no key/)
  })

  it('fails other cases, and prints expected and actual values', async () => {
    const wrong = [
      await recorded('sendgrid', 'another person', {
        verdict: 'accept',
        events: [{ recipient: 'b@example.com' }],
      }),
      await recorded('sendgrid', 'none expected', { verdict: 'accept', events: [] }),
      await recorded('sendgrid', 'taken though it must not', { verdict: 'reject' }),
      await recorded(
        'sendgrid',
        'refused though it must not',
        { verdict: 'accept', events: [delivered] },
        { now: NOW + 1e6 },
      ),
      await recorded('ses', 'a certificate from elsewhere', { verdict: 'reject' }, {}, false),
    ]
    await writeFile(join(folder, 'wrong/cases.json'), JSON.stringify(wrong))
    const { code, lines } = await conformance('wrong')
    expect([code, lines.at(-1)]).toEqual([1, '0 passed, 5 failed'])
    const text = lines.join('\n')
    expect(text).toMatch(
      /FAILED sendgrid another person .*\n +recipient: expected "b@example.com", got "a@example.com"/,
    )
    expect(text).toMatch(/FAILED sendgrid none expected .*\n +number of events: expected 0, got 1/)
    expect(text).toMatch(
      /FAILED sendgrid taken though it must not .*\n +status: expected 4xx, got 200\n +queue messages: expected none, got 1\n +events: expected none/,
    )
    expect(text).toMatch(
      /fetched https:\/\/sns\.eu-central-1\.amazonaws\.com\/\S+, which the case does not allow/,
    )
    expect(text).toMatch(/FAILED sendgrid refused though it must not .*\n +status: expected 200, got 401/)
  })

  it.each(['empty', 'not-there'])('fails if the folder is %s', async (name) => {
    const { code, lines } = await conformance(name)
    expect([code, lines.at(-1)]).toEqual([1, '0 passed, 0 failed'])
  })
})
