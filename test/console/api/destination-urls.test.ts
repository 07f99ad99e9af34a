/** Where a destination may not lead, as an operator hears of it when saving. What is found at the connection is in `test/destinations/send`. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Destinations, destinationObjects } from '../../support/destinations.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

let here: TestConsole
let objects: Destinations

beforeAll(migrate)

beforeEach(() => {
  objects = destinationObjects()
  here = newConsole({ DESTINATIONS: objects })
})

const PATH = '/api/destinations/urls'

/** The problems of a document, as `<path>: <first words>`. */
async function problemsOf(document: unknown): Promise<string[]> {
  const { status, json } = await here.api('PUT', PATH, document)
  expect([status, json['code']]).toEqual([422, 'document_invalid'])
  const problems = json['problems'] as { path: string; problem: string }[]
  return problems.map(({ path, problem }) => `${path}: ${problem}`)
}

const LITERAL = 'url: Must have a host name instead of an address: Cloudflare Workers cannot call an address.'
const INNER = 'url: Must be on the public internet, not at a private, link-local or metadata address.'
const OWN = 'url: Must not be a host of this Postern: its events would come back to it.'
const NOT_HTTPS = 'url: Must be an https URL.'
const USER = 'url: Must not hold a user name or a password.'
const PORT = 'url: Must use port 443 or 8443.'
const NOT_A_URL = 'url: Must be an absolute URL of at most 2,048 characters.'

describe('a destination’s URL', () => {
  it.each<[string, string[]]>([
    ['http://app.example.com/', [NOT_HTTPS]],
    ['ftp://app.example.com/', [NOT_HTTPS]],
    ['file:///etc/passwd', [NOT_HTTPS]],
    ['data:text/plain,x', [NOT_HTTPS]],
    ['app.example.com', [NOT_A_URL]],
    ['https://app.example.com\\@10.0.0.1/', [NOT_A_URL]],
    ['https://user:pass@app.example.com/', [USER]],
    ['https://app.example.com:22/', [PORT]],
    ['https://127.0.0.1/', [LITERAL]],
    ['https://127.1/', [LITERAL]],
    ['https://0x7f.1/', [LITERAL]],
    ['https://2130706433/', [LITERAL]],
    ['https://10.0.0.1/', [LITERAL]],
    ['https://172.16.0.1/', [LITERAL]],
    ['https://192.168.0.1/', [LITERAL]],
    ['https://100.64.0.1/', [LITERAL]],
    ['https://169.254.169.254/latest/meta-data/', [LITERAL]],
    ['https://0.0.0.0/', [LITERAL]],
    ['https://255.255.255.255/', [LITERAL]],
    ['https://8.8.8.8/', [LITERAL]],
    ['https://[::1]/', [LITERAL]],
    ['https://[fd00:ec2::254]/', [LITERAL]],
    ['https://[fe80::1]/', [LITERAL]],
    ['https://[::ffff:127.0.0.1]/', [LITERAL]],
    ['https://[64:ff9b::a00:1]/', [LITERAL]],
    ['https://[2002:a00:1::]/', [LITERAL]],
    ['https://localhost/', [INNER]],
    ['https://app.localhost/', [INNER]],
    ['https://metadata.google.internal/', [INNER]],
    ['https://metadata/', [INNER]],
    ['https://nas.local./', [INNER]],
    ['https://router.home.arpa/', [INNER]],
    ['https://gate.example/hooks/shop', [OWN]],
    ['https://GATE.example.:8443/', [OWN]],
    ['https://console.example/', [OWN]],
    ['http://user@gate.example:81/', [USER, OWN, NOT_HTTPS]],
    ['https://user@10.0.0.1:81/', [USER, PORT, LITERAL]],
  ])('%s is refused, with all its problems', async (url, problems) => {
    expect(await problemsOf({ url })).toEqual(problems)
  })

  it('is one problem among all of a document, and none of them repeats a value', async () => {
    const document = {
      url: 'https://user:hunter2@10.11.12.13:81/private-path',
      concurrency: 99,
      headers: { host: 'elsewhere.example', 'x-key': 'line\r\nbreak' },
      filter: { types: ['email.eaten'], where: { recipient: { $like: 'ada@example.com' } } },
      secrets: { signing_secret: 'whsec_short' },
      private_network: true,
    }
    const problems = await problemsOf(document)
    const paths = new Set(problems.map((problem) => problem.split(':')[0]))
    expect(paths).toEqual(
      new Set([
        'url',
        'private_network',
        'concurrency',
        'headers.host',
        'headers.x-key',
        'filter.types.0',
        'filter.where.recipient',
        'secrets.signing_secret',
      ]),
    )
    expect(problems.join(' ')).not.toMatch(
      /hunter2|10\.11|private-path|elsewhere|break|eaten|ada@|whsec_short/,
    )
  })

  it('that is refused changes nothing: nothing is saved, and no object is told', async () => {
    await problemsOf({ url: 'https://localhost/' })
    expect((await here.api('GET', PATH)).status).toBe(404)
    expect(objects.calls).toEqual([])
  })
})
