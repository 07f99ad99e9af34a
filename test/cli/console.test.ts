/** The commands that ask the console, against the real Workers. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Postern, simulated, startPostern, until } from '../e2e/postern.ts'
import { type Ran, run } from './run.ts'

const SECRET = 'seeded-secret-of-the-command-test'
const OTHER = 'another-secret-of-the-command-test'

let postern: Postern
let folder: string
let reach: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-cli-console-'))
  postern = await startPostern()
  reach = { POSTERN_URL: postern.runtime.url('console').href, POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN }
  const shop = await postern.source('generic', 'shop')
  for (let i = 0; i < 3; i++)
    await shop.deliver(await shop.account.deliver([simulated()], Math.floor(Date.now() / 1_000)))
  await postern.settledAt('shop', 3)
}, 120_000)
afterAll(async () => {
  await postern.runtime.close()
  await rm(folder, { recursive: true })
})

const at = (name: string) => path.join(folder, name)
const cli = (
  args: readonly string[],
  stdin: string | Uint8Array = '',
  environment: Record<string, string> = {},
  change: Parameters<typeof run>[3] = {},
): Promise<Ran> => run(args, stdin, { ...reach, ...environment }, change)

const json = async (args: readonly string[], stdin = '', environment: Record<string, string> = {}) => {
  const { code, out, complaints } = await cli([...args, '--json'], stdin, environment)
  return { code, complaints, value: (out === '' ? {} : JSON.parse(out)) as Record<string, unknown> }
}

const document = (change: Record<string, unknown> = {}) =>
  JSON.stringify({ provider: 'generic', secrets: { hmac: SECRET }, ...change })

const READING = [
  [['sources', 'list'], 'sources', /^NAME .*\n(?:.*\n)*shop +generic/],
  [['sources', 'show', 'shop'], 'name', /^name +shop\n/],
  [['secrets', 'list', 'shop'], 'secret_versions', /^SECRET +VERSION/],
  [
    ['providers'],
    'providers',
    /^NAME +ESP +SECRETS\n(?:.*\n)*sendgrid +SendGrid +public_key, oauth2, esp_api_token\n/,
  ],
  [
    ['providers', 'postmark'],
    'slots',
    /^ESP +Postmark\nsecret basic_auth +basic; Postern can make it\n(?:.*\n)+1\. Enter the webhook URL/,
  ],
  [['events', 'list', '--source', 'shop', '--limit', '2'], 'events', /^OCCURRED/],
  [['reread', 'shop', '--plan'], 'changed', /^Of 3 stored events 0 are read otherwise today\./],
  [['refusals', 'list'], 'refusals', /^(?:none|WHEN)/],
  [['suppressions', 'list'], 'suppressions', /^(?:none|RECIPIENT)/],
  [['quarantine', 'list', '--all'], 'quarantine', /^none/],
  [['dead-letters', 'list'], 'dead_letters', /^none/],
  [['events', 'preview', '--types', 'email.sent'], 'events', /^Of the latest \d+ events/],
  [['counters', 'show'], 'events', /shop +email\./],
  [['archive', 'status'], 'waiting', /^archived until +nothing yet\n/],
  [
    ['deliverability', '--by', 'source', '--compare', '7d'],
    'values',
    /SOURCE +PERIOD +DELIVERED(?:.*\n)+shop +now +/,
  ],
  [['audit', 'list'], 'entries', /source\.created/],
  [['tokens', 'list'], 'tokens', /^(?:none|ID)/],
  [['sessions', 'list'], 'sessions', /^none/],
  [['whoami'], 'actor', /^console +http.*\nactor +admin\n/],
  [['master-key', 'show'], 'versions', /^seals now +v1\n/],
  [['policy', 'show'], 'document', /^RULE +ABOUT +SUPPRESSES/],
  [['addresses', 'service'], 'service', /^No service is asked/],
  [['addresses', 'jobs'], 'jobs', /^none/],
  [['retention', 'show'], 'document', /^SETTING +DAYS +OLDEST/],
  [['backup', 'list'], 'backups', /^(?:none|ID)/],
  [['people', 'erasures'], 'erasures', /^(?:none|NUMBER)/],
] as const

describe('a command that reads', () => {
  it.each(READING)('%j answers people and programs', async (args, field, words) => {
    const people = await cli(args)
    expect({ code: people.code, complaints: people.complaints }).toEqual({ code: 0, complaints: '' })
    expect(people.out).toMatch(words)
    const programs = await json(args)
    expect(programs).toMatchObject({ code: 0, complaints: '' })
    expect(programs.value).toHaveProperty(field)
  })

  it('is told with a wrong token what to do, without the token', async () => {
    const ran = await cli(['sources', 'list'], '', { POSTERN_TOKEN: 'a-wrong-token-0123456789' })
    expect(ran).toMatchObject({ code: 3, out: '', complaints: expect.stringContaining('postern login') })
    expect(ran.complaints).not.toContain('a-wrong-token')
  })

  it.each([
    [['sources', 'show', 'nowhere'], /no source of this name/],
    [['providers', 'nobody'], /no provider of this name/],
    [['secrets', 'rotate', 'shop', 'pigeon'], /no slot of this name. Its slots are hmac, /],
    [['suppressions', 'remove', 'nobody@example.com', '--yes'], /not suppressed/],
    [['restore', 'nothing'], /no backup/],
  ])('%j of what is not there is 1, for programs with its code', async (args, words) => {
    const people = await cli(args)
    expect(people).toMatchObject({ code: 1, out: '' })
    expect(people.complaints).toMatch(words)
    const { error } = JSON.parse((await cli([...args, '--json'])).complaints) as { error: { code: string } }
    expect(error.code).toMatch(/_unknown$|not_suppressed$/)
  })

  it('follows the pages of a list to its end or the limit', async () => {
    const all = await json(['events', 'list', '--source', 'shop', '--all'])
    expect(all.value['events']).toHaveLength(3)
    const two = await json(['events', 'list', '--source', 'shop', '--limit', '2'])
    expect(two.value['events']).toHaveLength(2)
  })

  it('takes a duration as a time before now', async () => {
    const all = ['events', 'list', '--source', 'shop', '--all']
    expect((await json([...all, '--since', '1h'])).value['events']).toHaveLength(3)
    expect((await json([...all, '--until', '1h'])).value['events']).toHaveLength(0)
    expect((await json(['counters', 'show', '--since', '7d'])).code).toBe(0)
  })
})

describe('sources', () => {
  it('are put from a file or standard input, under a version, and removed', async () => {
    await writeFile(at('news.json'), document())
    expect(await cli(['sources', 'put', 'news', at('news.json'), '--if-version', '0'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^news is at version \d+: /),
    })
    const { value } = await json(['sources', 'show', 'news'])
    const version = String(value['version'])
    const slower = document({ ratePerMinute: 7 })
    expect((await cli(['sources', 'put', 'news', '-', '--if-version', version], slower)).code).toBe(0)
    const stale = await cli(['sources', 'put', 'news', '-', '--if-version', version], document())
    expect(stale).toMatchObject({ code: 1, complaints: expect.stringContaining('read it again') })
    expect((await json(['sources', 'show', 'news'])).value).toMatchObject({ ratePerMinute: 7 })
    expect(await cli(['sources', 'set', 'news', '--level', 'maximum'])).toMatchObject({ code: 0 })
    const set = (await json(['sources', 'show', 'news'])).value
    expect(set).toMatchObject({ ratePerMinute: 7, level: 'maximum', secrets: { hmac: 1 } })
    expect(await cli(['sources', 'remove', 'news', '--yes'])).toMatchObject({ code: 0 })
    expect((await cli(['sources', 'show', 'news'])).code).toBe(1)
  })

  it('are made before their secret is known: closed until it is there, through the real Workers', async () => {
    const deliver = async () => {
      const { messageId, recipient } = simulated()
      const timestamp = new Date().toISOString()
      const data = { message_id: messageId, recipient, timestamp }
      const body = JSON.stringify({ event_type: 'email.delivered', timestamp, data })
      const url = new URL('/hooks/early', postern.runtime.url('gateway'))
      return (
        await fetch(url, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', 'x-api-key': SECRET },
        })
      ).status
    }
    const closed =
      /refuses every delivery: it needs a secret in api_key\.[^]*postern secrets rotate early api_key --stdin/
    const bare = JSON.stringify({ provider: 'generic', auth: { methods: ['api_key'] } })
    const put = await cli(['sources', 'put', 'early', '-'], bare)
    expect([put.code, put.out]).toEqual([0, expect.stringMatching(closed)])
    expect(put.out).toContain('/hooks/early')
    expect((await cli(['sources', 'show', 'early'])).out).toMatch(closed)
    expect((await cli(['sources', 'list'])).out).toMatch(/^early .*none: refuses everything/m)
    const doctor = await json(['doctor'])
    expect(doctor.value['findings']).toContainEqual({
      part: 'source_closed early',
      level: 'wrong',
      says: expect.stringContaining('refuses every delivery'),
      todo: expect.stringContaining('postern secrets rotate early api_key --stdin'),
    })
    expect(await deliver()).toBe(401)
    const exported = at('early.json')
    await writeFile(exported, (await cli(['export'])).out)
    expect((await cli(['diff', exported])).code).toBe(0)
    expect((await cli(['secrets', 'rotate', 'early', 'api_key', '--stdin'], SECRET)).code).toBe(0)
    // A gateway asks at most once a second whether a source has changed.
    await expect.poll(deliver, { timeout: 5_000, interval: 200 }).toBe(200)
    expect((await cli(['sources', 'show', 'early'])).out).not.toContain('refuses every')
    await cli(['sources', 'remove', 'early', '--yes'])
  })

  it('are not removed without a yes where nobody can be asked, nor on a no', async () => {
    expect(await cli(['sources', 'remove', 'shop'])).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('--yes'),
    })
    const person = { readsKeys: true, ask: async () => 'n' }
    expect((await cli(['sources', 'remove', 'shop'], '', {}, { person })).code).toBe(1)
    expect((await cli(['sources', 'show', 'shop'])).code).toBe(0)
  })
})

describe('secrets', () => {
  const states = async () => {
    const { value } = await json(['secrets', 'list', 'rotating'])
    return (value['secret_versions'] as { slot: string; version: number; state: string }[]).map(
      ({ slot, version, state }) => `${slot}/${version} ${state}`,
    )
  }

  it('are rotated with a value from standard input or the prompt, activated, and revoked', async () => {
    await cli(['sources', 'put', 'rotating', '-'], document())
    const brought = ['secrets', 'rotate', 'rotating', 'hmac', '--stdin', '--grace', '1h']
    const piped = await cli(brought, `${OTHER}\n`)
    expect(piped).toMatchObject({ code: 0, out: expect.stringContaining('rotating/hmac/2 is active.') })
    expect(await states()).toEqual(['hmac/1 retiring', 'hmac/2 active'])

    const asked: string[] = []
    const person = {
      readsKeys: true,
      askHidden: async (question: string) => {
        asked.push(question)
        return 'a-third-secret-of-the-command-test'
      },
    }
    expect((await cli(brought, '', {}, { person })).code).toBe(0)
    expect(asked).toEqual(['New value: '])
    expect(await states()).toEqual(['hmac/1 retiring', 'hmac/2 retiring', 'hmac/3 active'])
    expect((await cli(['secrets', 'activate', 'rotating', 'hmac', '2'])).code).toBe(0)
    expect((await cli(['secrets', 'revoke', 'rotating', 'hmac', '1', '--yes'])).code).toBe(0)
    expect(await states()).toEqual(['hmac/1 revoked', 'hmac/2 active', 'hmac/3 retiring'])
  })

  it('made here are fetched by a link, and the old ones end at once in an emergency that says why', async () => {
    const emergency = ['secrets', 'rotate', 'rotating', 'hmac', '--emergency', '--yes']
    const silent = await cli(emergency)
    expect(silent).toMatchObject({ code: 2, complaints: expect.stringContaining('--reason') })
    const ran = await cli([...emergency, '--reason', 'seen in a ticket'])
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/To fetch the value, once, until .*: http/),
    })
    expect((await states()).filter((one) => !one.endsWith('revoked'))).toEqual(['hmac/4 active'])
    const { value } = await json(['audit', 'list', '--limit', '1'])
    expect(value['entries']).toMatchObject([{ action: 'secret.rotated', reason: 'seen in a ticket' }])
  })

  it('made here are taken into a pipe', async () => {
    await cli(['sources', 'put', 'piped', '-'], document())
    const rotate = ['secrets', 'rotate', 'piped', 'hmac']
    const value = { code: 0, out: expect.stringMatching(/^[\w-]{43}\n$/) }
    expect(await cli([...rotate, '--emergency', '--yes', '--reason', 'it leaked', '--take'])).toMatchObject(
      value,
    )
    await cli(rotate)
    const link = ['secrets', 'link', 'piped', 'hmac', '3', '--take']
    expect(await cli(link)).toMatchObject(value)
    // It is active now, so no link can be made for it.
    expect((await cli(link)).code).toBe(1)
    expect((await cli([...rotate, '--take', '--stdin'])).code).toBe(2)
    await cli(['sources', 'remove', 'piped', '--yes'])
  })

  it('show the SHA-256 of public keys, and nothing of secrets', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const fingerprint = createHash('sha256').update(spki).digest('hex')
    const both = { provider: 'sendgrid', secrets: { public_key: spki.toString('base64') } }
    await cli(['sources', 'put', 'keyed', '-'], JSON.stringify(both))
    expect((await cli(['secrets', 'list', 'keyed'])).out).toContain(fingerprint)
    expect((await cli(['sources', 'show', 'keyed'])).out).toContain(`active, SHA-256 ${fingerprint}`)
    const { value } = await json(['secrets', 'list', 'rotating'])
    expect((value['secret_versions'] as { fingerprint: unknown }[])[0]).toMatchObject({ fingerprint: null })
    await cli(['sources', 'remove', 'keyed', '--yes'])
  })

  it('that would strand the source are kept, unless it is forced with a reason', async () => {
    const last = ['secrets', 'revoke', 'rotating', 'hmac', '4', '--yes']
    expect(await cli(last)).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('No accepted secret would be left'),
    })
    expect((await cli([...last, '--force', '--reason', 'geleakt,\nλ: over'])).code).toBe(0)
    const { value } = await json(['audit', 'list', '--limit', '1'])
    expect(value['entries']).toMatchObject([{ action: 'secret.revoked', reason: 'geleakt, λ: over' }])
    expect((await cli(['sources', 'show', 'rotating'])).out).toContain('refuses every delivery')
  })
})

describe('suppressions', () => {
  const ada = 'ada@cli.example'

  it('are checked, added, and lifted', async () => {
    expect(await cli(['suppressions', 'check', ada])).toMatchObject({ code: 0 })
    expect((await json(['suppressions', 'check', ada])).value).toMatchObject({ suppressed: false })
    expect((await cli(['suppressions', 'add', ada, '--note', 'by phone'])).code).toBe(0)
    const found = await json(['suppressions', 'check', ada])
    expect(found).toMatchObject({ code: 1, value: { suppressed: true, reasons: [{ note: 'by phone' }] } })
    expect((await cli(['suppressions', 'remove', ada, '--yes'])).code).toBe(0)
    const lifted = await cli(['suppressions', 'check', ada])
    expect(lifted).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^This address is not suppressed\.\nLifted at 2.* by admin\.$/m),
    })
  })

  it('that a mistaken reading made are reviewed, and lifted after a plan', async () => {
    const secrets = { signing_key: 'key-0123456789abcdef0123456789abcdef' }
    await writeFile(at('mg.json'), JSON.stringify({ provider: 'mailgun', secrets }))
    expect((await cli(['sources', 'put', 'mg', at('mg.json')])).code).toBe(0)
    const of = (nr: number, evidence: string) =>
      `p${nr}@review.example,hard_bounce,2026-06-02T10:00:00Z,mg,${String(nr).repeat(44)},failed,${evidence}`
    const csv = [
      'address,reason,since,source,event_id,native_type,evidence',
      of(1, 'Too old'),
      of(2, '550 5.7.1 Listed'),
      of(3, '550 5.1.1 No such user'),
    ].join('\n')
    expect((await json(['suppressions', 'import', '-'], csv)).value).toMatchObject({ added: 3 })

    const plan = await cli(['suppressions', 'review', '--plan'])
    expect(plan).toMatchObject({ code: 0, complaints: '' })
    expect(plan.out).toMatch(
      /^p1@review\.example +hard_bounce +2026-06-02\S+ +mg +failed: Too old +1{44} +mailgun-failure +email\.bounced, soft +mistaken$/m,
    )
    expect(plan.out).toMatch(/^p2@review\.example .* unknown +unknown$/m)
    expect(plan.out).not.toContain('p3@')
    expect(plan.out).toMatch(/^mailgun-failure +Mailgun gave up/m)
    expect(plan.out).toMatch(/^mistaken +1, can be lifted$/m)
    expect((await cli(['suppressions', 'check', 'p1@review.example'])).code).toBe(1)

    const questions: string[] = []
    const ask = async (question: string) => (questions.push(question), 'no')
    expect(await cli(['suppressions', 'review'], '', {}, { person: { readsKeys: true, ask } })).toMatchObject(
      { code: 1 },
    )
    expect(questions).toEqual([expect.stringContaining('Lift the 1 that')])
    const lifted = await json(['suppressions', 'review', '--yes', '--reason', 'ticket 7'])
    expect(lifted).toMatchObject({ code: 0, value: { lifted: 1, kept: 0 } })
    expect(await cli(['suppressions', 'check', 'p1@review.example'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Lifted at 2.* by admin, in a review of the reading mailgun-failure\.$/m),
    })
    expect((await json(['audit', 'list'])).value['entries']).toContainEqual(
      expect.objectContaining({ action: 'suppressions.reviewed', reason: 'ticket 7' }),
    )
    expect(await cli(['suppressions', 'review', '--yes', '--only', 'ses-not-sent'])).toMatchObject({
      code: 0,
      out: 'Nobody is suppressed by a reading that was mended.\n',
    })
    expect((await cli(['suppressions', 'review', '--only', 'none'])).code).toBe(2)
    for (const one of [2, 3]) await cli(['suppressions', 'remove', `p${one}@review.example`, '--yes'])
    expect((await cli(['sources', 'remove', 'mg', '--yes'])).code).toBe(0)
  })

  it('are for one scope, too', async () => {
    const bob = 'bob@cli.example'
    expect(await cli(['suppressions', 'add', bob, '--scope', 'list:news'])).toMatchObject({
      code: 0,
      out: 'The address is suppressed for list:news.\n',
    })
    expect(await cli(['suppressions', 'check', bob])).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^This address is not suppressed\.\nNobody may send it mail of these scopes:\nRECIPIENT.*\nbob@cli\.example +manual +list:news /,
      ),
    })
    const check = ['suppressions', 'check', bob, '--scope']
    expect((await json([...check, 'list:news'])).code).toBe(1)
    expect((await json([...check, 'list:offers'])).code).toBe(0)
    expect((await cli([...check, 'news'])).code).toBe(2)
    const listed = await cli(['suppressions', 'list', '--scope', 'list:news', '--all'])
    expect(listed.out).toContain(bob)
    const { out } = await cli(['suppressions', 'export'])
    const line = out.split('\r\n').find((one) => one.startsWith(bob)) ?? ''
    expect(line).toMatch(/,list:news,,$/)
    expect((await cli(['suppressions', 'remove', bob, '--yes'])).code).toBe(1)
    expect((await cli(['suppressions', 'remove', bob, '--scope', 'list:news', '--yes'])).code).toBe(0)
    expect((await cli(['suppressions', 'check', bob])).out).toMatch(
      /^Lifted for list:news at 2.* by admin\.$/m,
    )
    const moved = [out.split('\r\n', 1)[0], line.replaceAll(bob, 'moved@cli.example')].join('\n')
    expect((await json(['suppressions', 'import', '-'], moved)).value).toMatchObject({ added: 1 })
    expect((await json(['suppressions', 'check', 'moved@cli.example'])).value).toMatchObject({
      suppressed: false,
      scopes: [{ reason: 'manual', scope: 'list:news' }],
    })
  })

  it('are imported in batches, and a second time changes nothing', async () => {
    const rows = Array.from({ length: 450 }, (_, i) => `person.${i}@import.example,from the old system`)
    const csv = ['email,note', ...rows, 'no address,x', ''].join('\r\n')
    const first = await json(['suppressions', 'import', '-'], csv)
    expect(first).toMatchObject({
      code: 1,
      value: { rows: 451, added: 450, already: 0, refused: 1, lines_without_address: [452] },
    })
    await writeFile(at('list.csv'), csv)
    const second = await json(['suppressions', 'import', at('list.csv')])
    expect(second.value).toMatchObject({ added: 0, already: 450 })
  })

  it('are imported under one line of the audit log, however many they are', async () => {
    const rows = Array.from({ length: 4_500 }, (_, i) => `person.${i}@long.example`)
    const first = await json(['suppressions', 'import', '-', '--reason', 'moved here'], rows.join('\n'))
    expect(first).toMatchObject({ code: 0, value: { rows: 4_500, added: 4_500, already: 0 } })
    const entries = (await json(['audit', 'list', '--limit', '2'])).value['entries']
    expect(entries).toMatchObject([
      {
        action: 'suppressions.imported',
        after: { count: 4_500, chunks: 3, digest: expect.stringMatching(/^[0-9a-f]{32}$/) },
        reason: 'moved here',
      },
      { after: { count: 450, chunks: 1 } },
    ])
  })

  it('come out as CSV that goes in again, where no cell runs', async () => {
    await cli(['suppressions', 'add', '+1@cli.example', '--note', '=HYPERLINK("http://x.example")'])
    const { out, code } = await cli(['suppressions', 'export'])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^address,reason,since,as_of,source,event_id,native_type,evidence,lifted_at,scope,expires_at,note\r\n/,
    )
    expect(out).toContain(`"'+1@cli.example",manual,`)
    expect(out).toContain(`"'=HYPERLINK(""http://x.example"")"`)
    const again = await json(['suppressions', 'import', '-'], out)
    expect(again).toMatchObject({ code: 0, value: { added: 0, lifted: 0, kept_lifted: 0, refused: 0 } })
    expect((again.value['already'] as number) > 450).toBe(true)
    expect((await cli(['suppressions', 'export'])).out).toBe(out)
  })

  it('that were lifted after the export stay lifted, and a list says what it is as of', async () => {
    const bea = 'bea@cli.example'
    const lineOf = (csv: string) => csv.split('\r\n').filter((line, i) => i === 0 || line.startsWith(bea))
    await cli(['suppressions', 'add', bea, '--note', 'by phone'])
    const before = lineOf((await cli(['suppressions', 'export'])).out)
    expect(before).toHaveLength(2)
    await cli(['suppressions', 'remove', bea, '--yes'])
    const again = await json(['suppressions', 'import', '-'], before.join('\n'))
    expect(again.value).toMatchObject({ rows: 1, added: 0, kept_lifted: 1 })
    expect((await cli(['suppressions', 'check', bea])).code).toBe(0)

    const lifted = lineOf((await cli(['suppressions', 'export', '--with-lifted'])).out)
    expect(lifted.filter((line) => /^bea@cli.example,manual,,,,,,,2/.test(line))).toHaveLength(1)
    expect((await json(['suppressions', 'import', '-'], lifted.join('\n'))).value).toMatchObject({
      added: 0,
      lifted: 0,
    })
    expect((await json(['suppressions', 'import', '-', '--as-of', '1h'], bea)).value).toMatchObject({
      added: 0,
      kept_lifted: 1,
    })
    expect((await json(['suppressions', 'import', '-'], bea)).value).toMatchObject({ added: 1 })
    expect((await cli(['suppressions', 'check', bea])).code).toBe(1)
  })

  it.each([
    [['--reason', 'by phone'], 'by phone', 'by phone'],
    [['--reason', 'ticket 7', '--note', 'by phone'], 'by phone', 'ticket 7'],
    [['--note', 'by phone'], 'by phone', null],
    [[], null, null],
  ])('that are added with %j keep why, for whoever asks later', async (options, note, reason) => {
    const address = `why-${options.length}-${reason?.length ?? 0}@cli.example`
    expect((await cli(['suppressions', 'add', address, ...options])).code).toBe(0)
    const { out } = await cli(['suppressions', 'check', address])
    expect(out.includes('by phone')).toBe(note !== null)
    expect((await json(['suppressions', 'check', address])).value).toMatchObject({ reasons: [{ note }] })
    const { value } = await json(['audit', 'list', '--limit', '1'])
    expect(value['entries']).toMatchObject([{ action: 'suppression.added', reason }])
  })

  it('with a wrong reason or time are named by their line, and the others are imported', async () => {
    const csv = [
      'address,reason,since,source,evidence,note',
      'eve@cli.example,bored,2026-01-02T03:04:05.000Z,,,',
      'eve@cli.example,manual,yesterday,,,',
      'eve@cli.example,manual,2026-01-02T03:04:05.000Z,,,',
    ].join('\r\n')
    expect(await json(['suppressions', 'import', '-'], csv)).toMatchObject({
      code: 1,
      value: { rows: 3, added: 1, refused: 2, lines_without_address: [2, 3] },
    })
  })

  it('of another deployment keep reason, time, source and words', async () => {
    const since = '2026-01-02T03:04:05.000Z'
    const csv = [
      'address,reason,since,as_of,source,event_id,native_type,evidence,lifted_at,note',
      `lee@cli.example,hard_bounce,${since},,old,${'0a'.repeat(22)},bounce,550 no such user,,`,
      `moe@cli.example,manual,${since},,,,,,,by phone`,
      // As an export before as_of and event_id wrote it.
      `kay@cli.example,spam_report,${since},,old,,,complaint,,`,
    ].join('\r\n')
    const known = { lifted: 0, kept_lifted: 0, refused: 0 }
    expect((await json(['suppressions', 'import', '-'], csv)).value).toMatchObject({ ...known, added: 3 })
    const reasonsOf = async (name: string) =>
      (await json(['suppressions', 'check', `${name}@cli.example`])).value['reasons']
    const none = { source: null, evidence: null, note: null }
    expect(await reasonsOf('lee')).toEqual([
      {
        ...none,
        reason: 'hard_bounce',
        scope: null,
        since,
        source: 'old',
        evidence: '550 no such user',
        event_id: '0a'.repeat(22),
        rule: null,
        expires_at: null,
        provisional: false,
      },
    ])
    expect(await reasonsOf('moe')).toMatchObject([{ ...none, reason: 'manual', since, note: 'by phone' }])
    expect(await reasonsOf('kay')).toMatchObject([
      { ...none, reason: 'spam_report', since, source: 'old', note: 'complaint' },
    ])
    expect((await json(['suppressions', 'import', '-'], csv)).value).toMatchObject({ ...known, added: 0 })
    const { out } = await cli(['suppressions', 'export', '--with-lifted'])
    expect((await json(['suppressions', 'import', '-'], out)).value).toMatchObject({ ...known, added: 0 })
    expect((await cli(['suppressions', 'export', '--with-lifted'])).out).toBe(out)
  })
})

describe('addresses', () => {
  it('are checked at once, or as a list that is stopped', async () => {
    const { code, out } = await cli(['addresses', 'check', 'no address', 'a b@cli.example'])
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^ADDRESS.*\nno address +undeliverable +not an address/),
    ])
    const list = await json(['addresses', 'check', '--file', '-'], 'Email\nada@cli.example\nno address\n')
    expect(list.value).toMatchObject({ state: 'running', addresses: 2, done: 0 })
    const id = String(list.value['id'])
    expect((await cli(['addresses', 'stop', id])).out).toMatch(/is stopped: 0 of 2/)
    expect((await cli(['addresses', 'job', id])).out).toMatch(/is stopped/)
    expect((await cli(['addresses', 'results', id])).out).toBe('none\n')
    expect((await cli(['addresses', 'check'])).code).toBe(2)
  })

  it('are verified by a service, whose key is read and never shown', async () => {
    const set = await cli(
      ['addresses', 'use', 'kickbox', '--region', 'eu', '--budget', '5'],
      'key-of-the-service',
    )
    expect(set.out).toMatch(/^Kickbox is asked, in the region eu, 5 times a day at most; 0 times today\./)
    expect(JSON.stringify(await json(['addresses', 'service']))).not.toContain('key-of-the-service')
    expect((await cli(['addresses', 'use', 'hunter', '--region', 'eu'], 'k3y-')).complaints).toMatch(
      /Hunter has accounts in us only/,
    )
    expect((await cli(['addresses', 'use', 'none'])).out).toMatch(/^No service is asked/)
  })
})

describe('policy', () => {
  const no = JSON.stringify({ rules: [{ suppress: 'no' }] })

  it('is planned, set, explained, and undone', async () => {
    expect((await cli(['policy', 'set', '-', '--plan'], no)).out).toMatch(
      /^People with bounces: \d+\. Of these, 0 would/,
    )
    const { value: before } = await json(['policy', 'show'])
    expect((await cli(['policy', 'set', '-'], no)).out).toMatch(
      /Taken: 0 came on the list, \d+ went off it\.\n$/,
    )
    expect((await cli(['policy', 'set', '-'], no)).out).toBe('This policy is in force already.\n')
    expect((await cli(['policy', 'show'])).out).toMatch(/^1 +Bounces +nobody/m)
    expect((await cli(['policy', 'explain', 'new@cli.example'])).out).toBe(
      'No bounce suppresses this address.\n',
    )
    const back = await cli(['policy', 'set', '-', '--yes'], JSON.stringify(before['document']))
    expect(back).toMatchObject({ code: 0 })
    expect((await json(['policy', 'show'])).value).toMatchObject({
      document: before['document'],
      is_judged: true,
    })
    const wrong = await cli(['policy', 'set', '-'], '{"rules": [{"suppress": "later"}]}')
    expect(wrong).toMatchObject({ code: 1 })
  })
})

describe('retention', () => {
  const HELD = { events: 500, holds: [{ person: 'ada@example.com', reason: 'a request' }] }

  it('is planned, set and shown, with what goes tonight and what is held', async () => {
    await writeFile(at('retention.json'), JSON.stringify(HELD))
    const plan = await cli(['retention', 'set', at('retention.json'), '--plan'])
    expect(plan).toMatchObject({ code: 0, complaints: '' })
    expect(plan.out).toMatch(/^events +500 +\d{4}-\d\d-\d\dT\S+ +0 \(held\) +events +never/m)
    expect((await cli(['retention', 'show'])).out).toMatch(/^events +400 /m)
    expect(await cli(['retention', 'set', '-'], JSON.stringify(HELD))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Held since \S+: ada@example\.com\. a request\n[^]*Set\.\n$/),
    })
    const { value } = await json(['retention', 'show'])
    expect(value).toMatchObject({ document: { events: 500, backups: 30, holds: HELD.holds } })
  })

  it('that keeps less needs a reason, and asks first', async () => {
    const less = JSON.stringify({ events: 30 })
    expect(await cli(['retention', 'set', '-'], less)).toMatchObject({
      code: 2,
      out: '',
      complaints: expect.stringContaining('--reason'),
    })
    const because = ['retention', 'set', '-', '--reason', 'policy']
    const questions: string[] = []
    const ask = async (question: string) => {
      questions.push(question)
      return 'n'
    }
    expect(await cli(because, less, {}, { person: { readsKeys: true, ask } })).toMatchObject({ code: 1 })
    expect(questions).toEqual([expect.stringContaining('cannot be brought back')])
    // Nobody is there to answer.
    expect(await cli(because, less)).toMatchObject({ code: 2 })
    expect((await json(['retention', 'show'])).value).toMatchObject({ document: { events: 500 } })
    const done = await json([...because, '--yes'], less)
    expect(done).toMatchObject({ code: 0, value: { saved: true, document: { events: 30 } } })
  })

  it.each([
    ['an unknown kind', { evnets: 3 }, 'Did you mean events?'],
    ['backups for a year', { backups: 365 }, 'an erasure must be complete within a month'],
  ])('with %s is refused with the reason', async (_what, document, words) => {
    const ran = await cli(['retention', 'set', '-', '--yes'], JSON.stringify(document))
    expect(ran).toMatchObject({ out: '', complaints: expect.stringContaining(words) })
    expect(ran.code).not.toBe(0)
  })

  it('is in the exported file without holds, and applied from it', async () => {
    const exported = JSON.parse((await cli(['export'])).out) as Record<string, unknown>
    expect(exported['retention']).toEqual({ events: 30 })
    const file = (retention: object) => JSON.stringify({ postern: 1, sources: {}, retention })
    const plan = await cli(['diff', '-'], file({ events: 40 }))
    expect(plan).toMatchObject({ code: 1, out: expect.stringContaining('events: 30 → 40') })
    expect(await cli(['apply', '-', '--yes'], file({ events: 40 }))).toMatchObject({ code: 0 })
    // Keeping less is asked about, and needs a reason.
    expect(await cli(['apply', '-'], file({ events: 20 }))).toMatchObject({ code: 2 })
    expect((await cli(['apply', '-', '--yes'], file({ events: 20 }))).complaints).toContain('--reason')
    expect(await cli(['apply', '-', '--yes', '--reason', 'policy'], file({ events: 20 }))).toMatchObject({
      code: 0,
    })
    const { value } = await json(['retention', 'show'])
    expect(value).toMatchObject({ document: { events: 20, holds: HELD.holds } })
    expect(await cli(['apply', '-'], file({ holds: [] }))).toMatchObject({
      complaints: expect.stringContaining('retention.holds'),
    })
  })
})

describe('the configuration as a file', () => {
  const file = (sources: object) => JSON.stringify({ postern: 1, sources })
  const fresh = { env: 'CLI_TEST_SECRET' }

  it('goes out, is the same, is planned, applied, and pruned only on a yes', async () => {
    const { out } = await cli(['export'])
    expect(out).not.toContain(SECRET)
    expect(await cli(['diff', '-'], out)).toMatchObject({
      code: 0,
      out: expect.stringContaining('To change: 0'),
    })
    const { sources } = JSON.parse(out) as { sources: Record<string, Record<string, unknown>> }
    const next = file({
      shop: { ...sources['shop'], ratePerMinute: 11 },
      news: { provider: 'generic', secrets: { hmac: fresh } },
    })
    const environment = { CLI_TEST_SECRET: OTHER }
    const plan = await cli(['apply', '-', '--dry-run'], next, environment)
    expect(plan.code).toBe(0)
    expect(plan.out).toContain('~ shop  changed\n    ratePerMinute: 6000 → 11\n')
    expect(plan.out).toContain('+ news  created\n')
    expect(plan.out).toContain('    secret hmac/1: new → active\n')
    expect(plan.out).toContain('left as they are: rotating')
    expect(plan.out).not.toContain(OTHER)
    expect(await cli(['export'])).toMatchObject({ out })

    expect(await cli(['diff', '-'], next, environment)).toMatchObject({ code: 1 })
    // Without a terminal nothing is applied unless it is said that nobody has to be asked.
    for (const more of [[], ['--prune']])
      expect(await cli(['apply', '-', ...more], next, environment)).toMatchObject({
        code: 2,
        complaints: expect.stringMatching(/This asks "Apply this.*no terminal to answer at: pass --yes/),
      })
    expect(await cli(['export'])).toMatchObject({ out })
    const asked: string[] = []
    const ask = (question: string) => (asked.push(question), Promise.resolve('n'))
    for (const more of [[], ['--prune']])
      expect(
        await cli(['apply', '-', ...more], next, environment, { person: { readsKeys: true, ask } }),
      ).toMatchObject({ code: 1 })
    expect(asked).toEqual(['Apply this? [y/N] ', 'Apply this, and remove 1 of them? [y/N] '])
    expect(await cli(['export'])).toMatchObject({ out })
    const applied = await json(['apply', '-', '--prune', '--yes', '--reason', 'spring'], next, environment)
    expect(applied).toMatchObject({ code: 0, value: { applied: true } })
    expect((await json(['sources', 'list'])).value['sources']).toMatchObject([
      { name: 'news' },
      { name: 'shop' },
    ])
    const again = await json(['apply', '-', '--prune'], next, environment)
    expect(again).toMatchObject({ code: 0, value: { applied: false } })
    expect((await json(['audit', 'list', '--limit', '1'])).value['entries']).toMatchObject([
      { reason: 'spring' },
    ])
  })

  it.each([
    [
      'a value in the file',
      file({ news: { provider: 'generic', secrets: { hmac: SECRET } } }),
      'news.secrets.hmac: Must be',
    ],
    ['a name twice', `{"postern": 1, "${SECRET}": {},\n"a": {},\n"a": {}}`, 'twice on line 3'],
    ['a newer form', JSON.stringify({ postern: 2, sources: {} }), '"postern" must be 1'],
  ])('is refused with %s before anything is sent, and nothing is quoted', async (_what, text, words) => {
    const nowhere = { POSTERN_URL: 'http://127.0.0.1:1' }
    const ran = await cli(['apply', '-', '--yes'], text, nowhere)
    expect(ran).toMatchObject({ code: 2, out: '', complaints: expect.stringContaining(words) })
    expect(ran.complaints).not.toContain(SECRET)
  })

  it('that the console does not understand changes nothing', async () => {
    const { out } = await cli(['export'])
    const text = file({ shop: { provider: 'generic', colour: 'red', secrets: { hmac: { stored: true } } } })
    for (const verb of ['apply', 'diff'])
      expect(await cli([verb, '-'], text)).toMatchObject({
        code: 2,
        complaints: expect.stringContaining('shop.colour: '),
      })
    expect(await cli(['export'])).toMatchObject({ out })
  })

  it('names variables for another deployment', async () => {
    const { out } = await cli(['export', '--env'])
    expect(JSON.parse(out)).toMatchObject({ sources: { news: { secrets: { hmac: { env: 'NEWS_HMAC' } } } } })
  })
})

describe('the audit log', () => {
  it('is verified there and from a file, and an edit is found', async () => {
    expect(await cli(['audit', 'verify'])).toMatchObject({ code: 0 })
    const { out } = await cli(['audit', 'export'])
    const lines = out.trimEnd().split('\n')
    expect(await cli(['audit', 'verify', '-'], out)).toMatchObject({ code: 0 })
    const edited = lines.map((line, i) => (i === 1 ? line.replace('created', 'changed') : line)).join('\n')
    expect(edited).not.toBe(lines.join('\n'))
    expect(await cli(['audit', 'verify', '-'], edited)).toMatchObject({
      code: 1,
      out: expect.stringContaining('Line 2 is not what was written'),
    })
    expect(await cli(['audit', 'verify', '-'], lines.slice(1).join('\n'))).toMatchObject({ code: 2 })
  })
})

describe('a backup', () => {
  it('is made, taken away and brought back', async () => {
    const made = await json(['backup', 'make'])
    expect(made.code).toBe(0)
    const { out } = await cli(['backup', 'get', String(made.value['id'])])
    expect(out).not.toContain(SECRET)
    await writeFile(at('backup.json'), out)
    expect(await cli(['restore', '--file', at('backup.json')])).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('Nothing was changed. To remove them, add --replace.'),
    })
    const back = ['restore', '--file', at('backup.json'), '--replace', '--yes', '--reason', 'a drill']
    expect(await cli(back)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Restored: 2 sources, destinations and channels.'),
    })
    expect(await cli(['restore'])).toMatchObject({ code: 2 })
  })

  it('in the bucket brings the suppressions and incidents back, too', async () => {
    const { value } = await json(['backup', 'make'])
    expect(value).toMatchObject({ incidents: expect.any(Number) })
    const restored = await json(['restore', String(value['id']), '--replace', '--yes', '--reason', 'a drill'])
    expect(restored).toMatchObject({ code: 0, value: { suppressions: { added: 0 }, incidents: 0 } })
    const { count } = restored.value['suppressions'] as { count: number }
    const { out } = await cli(['suppressions', 'export', '--with-lifted'])
    expect(count).toBe(out.trimEnd().split('\r\n').length - 1)
    expect(count).toBeGreaterThan(4_500)
  })

  it('that lacks a part brings back what is there, if it is asked to', async () => {
    const { value } = await json(['backup', 'make'])
    const id = String(value['id'])
    const { BACKUPS } = await postern.runtime.bindings<{ BACKUPS: R2Bucket }>('console')
    await BACKUPS.delete(`suppressions/${id}/0001`)
    const args = ['restore', id, '--replace', '--yes', '--reason', 'a drill']
    const refused = await cli(args)
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.complaints).toContain('The backup lacks suppressions/0001. Nothing was changed.')
    const { rows } = (value['beside'] as { suppressions: { rows: number } }).suppressions
    const restored = await json([...args, '--incomplete'])
    expect(restored).toMatchObject({
      code: 0,
      value: { missing: ['suppressions/0001'], suppressions: { count: rows - 2_000 } },
    })
  })
})

describe('the master key', () => {
  it('has nothing left to seal anew', async () => {
    expect(await json(['master-key', 'reseal'])).toMatchObject({ code: 0, value: { resealed: 0, broken: 0 } })
  })
})

describe('a token of somebody', () => {
  it('is shown once, does what its role may, and ends', async () => {
    const limited = '--role viewer --source shop --days 3 --reason tested'.split(' ')
    const made = await cli(['tokens', 'create', 'a viewer', ...limited])
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^pst_\S+\n$/) })
    const POSTERN_TOKEN = made.out.trim()
    const me = await json(['whoami'], '', { POSTERN_TOKEN })
    expect(me.value).toMatchObject({ role: 'viewer', sources: ['shop'] })
    expect(await cli(['sources', 'list'], '', { POSTERN_TOKEN })).toMatchObject({ code: 0 })
    for (const args of [['sources', 'remove', 'shop', '--yes'], ['tokens', 'list'], ['export']]) {
      const refused = await cli(args, '', { POSTERN_TOKEN })
      expect(refused).toMatchObject({
        code: 3,
        out: '',
        complaints: expect.stringContaining('may not do that'),
      })
    }
    const { value } = await json(['tokens', 'list'])
    expect(JSON.stringify(value)).not.toContain(POSTERN_TOKEN)
    const [{ id } = { id: '' }] = value['tokens'] as { id: string }[]
    expect(await cli(['doctor'])).toMatchObject({
      out: expect.stringContaining(`token ${id}: It expires at`),
    })
    expect(await cli(['tokens', 'revoke', id, '--yes'])).toMatchObject({ code: 0 })
    expect(await cli(['whoami'], '', { POSTERN_TOKEN })).toMatchObject({ code: 3 })
  })

  it('must be an admin before the first way in is retired, which says why', async () => {
    const retire = ['admin-token', 'retire', '--yes']
    expect(await cli(retire)).toMatchObject({ code: 2, complaints: expect.stringContaining('--reason') })
    expect(await cli([...retire, '--reason', 'a try'])).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('admin'),
    })
  })
})

describe('sign', () => {
  it('puts a source and sends a delivery that it accepts', async () => {
    const to = new URL('/hooks/signed', postern.runtime.url('gateway')).href
    const now = String(Math.floor(Date.now() / 1_000))
    const ran = await cli(['sign', 'generic', '--put', 'signed', '--to', to, '--now', now])
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^source put: signed\ndelivery sent: 200\nrequest: req_[0-9a-f]{24}\n$/),
    })
    expect(await cli(['sign', 'generic', '--put', 'signed'])).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('--yes'),
    })
    await cli(['sources', 'remove', 'signed', '--yes'])
  })
})

describe('login', () => {
  it('keeps the token for its console alone, for its owner alone, and forgets it', async () => {
    const POSTERN_CONFIG = at('config/postern.json')
    const { ADMIN_TOKEN } = postern.secrets
    const url = postern.runtime.url('console').origin
    const into = { POSTERN_CONFIG, POSTERN_URL: '', POSTERN_TOKEN: '' }
    const wrong = await cli(['login', '--url', url], 'wrong-token-0123456789', into)
    expect(wrong).toMatchObject({ code: 3, complaints: expect.stringContaining('not accepted') })

    const right = await cli(['login', '--url', url], `${ADMIN_TOKEN}\n`, into)
    expect(right).toMatchObject({ code: 0, complaints: '' })
    expect(right.out).not.toContain(ADMIN_TOKEN)
    expect((await stat(POSTERN_CONFIG)).mode & 0o777).toBe(0o600)
    expect(await readFile(POSTERN_CONFIG, 'utf8')).toContain(ADMIN_TOKEN)
    expect(await cli(['sources', 'list'], '', into)).toMatchObject({ code: 0 })
    const elsewhere = await cli(['sources', 'list', '--url', 'https://elsewhere.invalid'], '', into)
    expect(elsewhere).toMatchObject({ code: 3, complaints: expect.stringContaining('There is no token for') })

    expect(await cli(['logout'], '', into)).toMatchObject({ code: 0 })
    expect(await readFile(POSTERN_CONFIG, 'utf8')).not.toContain(ADMIN_TOKEN)
  })
})

describe('doctor', () => {
  it('says what is well and what is worth knowing, and finds the gateway', async () => {
    const gateway = ['--gateway', postern.runtime.url('gateway').href]
    const { code, out } = await cli(['doctor', '--all', ...gateway])
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('Wrong: 0.') })
    expect(out).toMatch(/ok +store: It answers\./)
    expect(out).toMatch(/ok +gateway: http.* answers\./)
    expect(out).toMatch(/note +source_quiet news: no event of news since it was made at .*\.\n +→ /)
    expect(out).toMatch(/unseen +account: Not looked at: npm start has none\.[^]*Not looked at: 1\.$/m)
  })

  it('names a source whose deliveries are refused now, with what to do', async () => {
    const broken = await postern.source('generic', 'broken')
    await broken.deliver(await broken.account.deliver([simulated()], Math.floor(Date.now() / 1_000)))
    await postern.settledAt('broken', 1)
    await cli(['sources', 'put', 'broken', '-'], document({ secrets: { hmac: OTHER } }))
    for (let i = 0; i < 3; i++)
      await broken
        .deliver(await broken.account.deliver([simulated()], Math.floor(Date.now() / 1_000)))
        .catch(() => undefined)
    await expect
      .poll(async () => (await cli(['doctor'])).out, { timeout: 15_000, interval: 500 })
      .toMatch(
        /wrong +source_refused broken: every delivery of broken since .* was refused: 3, mostly signature mismatch\./,
      )
    await cli(['sources', 'remove', 'broken', '--yes'])
  })

  it('names a destination that sends nothing, with what to do', async () => {
    const url = 'https://app.example.com/email-events'
    await postern.console.put('/api/destinations/halted', { url, paused: true })
    await expect
      .poll(async () => (await cli(['doctor'])).out, { timeout: 15_000, interval: 500 })
      .toMatch(/note +destination_note halted: halted is paused: .+\n +→ postern destinations resume halted/)
    await postern.console.remove('/api/destinations/halted')
  })

  it('is 1 where the gateway is not there, with a clock that is off, and with a wrong token', async () => {
    const away = await json(['doctor', '--gateway', 'http://127.0.0.1:1'])
    expect(away).toMatchObject({ code: 1, value: { well: false } })
    const findings = away.value['findings'] as { part: string; level: string }[]
    expect(findings.filter(({ level }) => level === 'wrong').map(({ part }) => part)).toEqual(['gateway'])
    const nowMs = () => Date.now() + 3_600_000
    expect(await cli(['doctor'], '', {}, { nowMs })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/wrong +clock of the console: It is 3\d\d\d s behind/),
    })
    expect(await cli(['doctor'], '', { POSTERN_TOKEN: 'a-wrong-token-0123456789' })).toMatchObject({
      code: 1,
      out: expect.stringContaining('postern login'),
    })
  })
})

describe('people', () => {
  it('are shown, exported and erased, with a certificate that says about whom it is', async () => {
    const address = 'ada.people@example.com'
    const reader = await postern.source('generic', 'reader')
    const sent = simulated({ kind: 'email.opened', recipient: address })
    await reader.deliver(await reader.account.deliver([sent], Math.floor(Date.now() / 1_000)))
    await until(async () => (await postern.events('reader')).length === 1)
    await cli(['suppressions', 'add', address, '--note', 'asked by phone'])

    const shown = await cli(['people', 'show', address])
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^events +1 /m) })
    const out = at('ada.json')
    const reason = ['--reason', 'request 4711']
    expect((await cli(['people', 'export', address, '--out', out, ...reason])).code).toBe(0)
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({
      address,
      events: [{ type: 'email.opened', recipient: address }],
      suppressions: [{ note: 'asked by phone' }],
    })
    expect(await readFile(at('ada.html'), 'utf8')).toContain('asked by phone')

    const planned = await cli(['people', 'erase', address, '--plan'])
    expect(planned).toMatchObject({ code: 0, out: expect.stringMatching(/^events +1\. Events lose/m) })
    const file = at('erasure.json')
    const erasing = ['people', 'erase', address, '--yes', '--out', file, ...reason]
    expect(await cli(erasing)).toMatchObject({ code: 0, out: expect.stringContaining('Certificate 1') })
    const check = (of: string) => cli(['people', 'certificate', '--check', file, '--address', of])
    expect(await check(address.toUpperCase())).toMatchObject({ code: 0 })
    expect(await check('grace@example.com')).toMatchObject({ code: 1 })
    expect((await cli(['people', 'erasures'])).out).toMatch(/^1 +finished/m)

    const left = await json(['people', 'export', address, ...reason])
    expect(left.value).toMatchObject({ events: [], archive: null })
    expect(left.value['suppressions']).toMatchObject([{ reason: 'manual', note: null }])
    expect(await cli(['suppressions', 'check', address])).toMatchObject({ code: 1 })
  })
})

/** The last, since the other commands use it. */
describe('the ADMIN_TOKEN', () => {
  it('retires the first way in, and ends what it made', async () => {
    const own = (await cli(['tokens', 'create', 'mine', '--role', 'admin'])).out.trim()
    await cli(['tokens', 'create', 'thiefs', '--role', 'viewer'])
    const retire = (token: string) =>
      cli(['admin-token', 'retire', '--yes', '--reason', 'leaked', '--end-what-it-made'], '', {
        POSTERN_TOKEN: token,
      })
    const retired = await retire(own)
    expect(retired).toMatchObject({ code: 0, out: expect.stringMatching(/are revoked:[^]*thiefs +viewer/) })
    expect(retired.out).not.toContain('mine')
    expect((await retire(own)).out).toContain('No other valid token comes from it.')
  })
})
