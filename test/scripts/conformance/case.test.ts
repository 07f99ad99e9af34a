import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CaseError, casesBelow, sourceOf } from '../../../scripts/conformance/case.ts'
import { rounds } from '../../../scripts/conformance/rounds.ts'
import { isConfirmingCall } from '../../../scripts/conformance/confirm.ts'

const one = {
  esp: 'sendgrid',
  name: 'one',
  request: {
    method: 'POST',
    url: 'https://hooks.example.test/in/x?a=1',
    headers: { a: 'b' },
    body_base64: 'e30=',
  },
  secrets: {
    public_key: 'k',
    webhook_url: 'https://x.test/',
    certificates: { 'https://sns.test/c.pem': 'PEM' },
  },
  config: { level: 'maximum' },
  now: 1_700_000_000,
  expect: { verdict: 'accept', events: [] },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
  await mkdir(join(folder, 'good/deep'), { recursive: true })
  await mkdir(join(folder, 'bad'))
  await mkdir(join(folder, 'none'))
  await writeFile(join(folder, 'good/a.json'), JSON.stringify(one))
  await writeFile(
    join(folder, 'good/deep/b.json'),
    JSON.stringify([
      { ...one, name: 'two' },
      { ...one, name: 'three' },
    ]),
  )
  await writeFile(join(folder, 'good/README.md'), 'not a case')
  await writeFile(join(folder, 'bad/c.json'), '{"esp": 1}')
})
afterAll(() => rm(folder, { recursive: true }))

describe('cases', () => {
  it('are found at any depth, one or several a file', async () => {
    const cases = await casesBelow([join(folder, 'good')])
    expect(cases.map(({ name }) => name)).toEqual(['one', 'two', 'three'])
  })

  it('are not there in an empty folder', async () =>
    expect(await casesBelow([join(folder, 'none')])).toEqual([]))

  it.each(['bad', 'missing'])('are refused by name where the path is %s', async (path) => {
    const found = casesBelow([join(folder, path)])
    await expect(found).rejects.toThrow(CaseError)
    await expect(casesBelow([join(folder, path)])).rejects.toThrow(path)
  })

  it('keep what belongs to the world out of the source document', async () => {
    const [first] = await casesBelow([join(folder, 'good/a.json')])
    if (first === undefined) throw new Error('no case')
    const { document, certificates } = sourceOf(first)
    expect(document).toEqual({
      provider: 'sendgrid',
      secrets: { public_key: 'k' },
      publicUrl: 'https://x.test/',
      level: 'maximum',
    })
    expect([...certificates]).toEqual([['https://sns.test/c.pem', 'PEM']])
  })
})

const holding = async (name: string, certificates: object) => {
  const [first] = await casesBelow([join(folder, 'good/a.json')])
  if (first === undefined) throw new Error('no case')
  return { ...first, name, secrets: { certificates } }
}

describe('rounds', () => {
  it('part only recordings in which one URL has two certificates', async () => {
    const cases = [
      await holding('a', {}),
      await holding('b', { 'https://x/': '1' }),
      await holding('c', { 'https://x/': '2', 'https://y/': '1' }),
      await holding('d', { 'https://x/': '1', 'https://y/': '2' }),
      await holding('e', { 'https://y/': '1' }),
    ]
    const names = rounds(cases).map((round) => round.map(({ name }) => name))
    expect(names).toEqual([
      ['a', 'b', 'd'],
      ['c', 'e'],
    ])
  })

  it('are none where there is no case', () => expect(rounds([])).toEqual([]))
})

describe('the confirming call', () => {
  const named =
    'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=abc'
  const values = { region: 'us-east-1', topic: 'arn:aws:sns:us-east-1:1:t', token: 'abc' }
  const made =
    'https://sns.us-east-1.amazonaws.com/?Token=abc&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A1%3At&Action=ConfirmSubscription&X=1'

  it.each<[string, unknown, string, boolean]>([
    ['in another order and encoding', named, made, true],
    ['named by its values', values, made, true],
    ['at another host', named, made.replace('amazonaws.com', 'amazonaws.com.evil.test'), false],
    ['in another region', values, made.replace('us-east-1.a', 'eu-west-1.a'), false],
    ['with another token', named, made.replace('Token=abc', 'Token=abd'), false],
    ['with another token, named by values', values, made.replace('Token=abc', 'Token=abd'), false],
    ['without TLS', named, made.replace('https:', 'http:'), false],
  ])('%s', (_what, wanted, url, is) => expect(isConfirmingCall(wanted, url)).toBe(is))
})
