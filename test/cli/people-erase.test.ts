/** `postern people erase` and `certificate`: a plan first, then one person or many, and a certificate that can be checked. */
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/api/erasures.ts'
import { certificateKey, signCertificate } from '../../src/console/people/certificate.ts'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const ADA = 'ada@example.com'
const REASON = ['--reason', 'request 4711']
const PERSON = 'ab'.repeat(16)

const keysOf = (first: number) => ({ keyFor: async () => new Uint8Array(32).fill(first) })
const CERTIFICATE: Certificate = {
  type: 'postern-erasure',
  version: 1,
  number: 12,
  person: PERSON,
  erased_at: '2026-11-29T10:00:00.000Z',
  finished_at: '2026-11-29T10:00:01.000Z',
  keeps_suppression: true,
  destroyed: [{ place: 'key', what: 'The key is destroyed.' }],
  remains: [{ what: 'Backups', until: '2026-12-29T10:00:01.000Z', why: 'Retention removes them.' }],
}
const jws = await signCertificate(CERTIFICATE, keysOf(1))
const key = await certificateKey(keysOf(1))

const { number, person, erased_at, keeps_suppression, finished_at, remains } = CERTIFICATE
const facts = { number, person, erased_at, keeps_suppression }
const finished = { state: 'finished', ...facts, finished_at, certificate: jws }
const running = { state: 'running', ...facts }
const planned = {
  state: 'planned',
  places: [
    { place: 'events', what: 'They lose what is personal.', count: 3 },
    { place: 'quarantine', what: 'They go.', count: 1, others: 1 },
  ],
  filters: ['app'],
  remains,
}
const HELD = [409, { code: 'person_held', detail: 'A hold of retention names the person.' }] as const

type Answer = readonly [number, unknown]
/** Answers of the next erasures; the last one stays. */
let erasures: Answer[] = []
const answers: Record<string, Answer> = {
  'GET /api/people/certificate-key': [200, key],
  'GET /api/people/erasures/12': [200, finished],
  'GET /api/people/erasures/13': [200, { ...running, number: 13 }],
  'GET /api/people/erasures/14': [404, { code: 'erasure_unknown', detail: 'There is no erasure of this number.' }],
  'GET /api/people/erasures': [200, { erasures: [finished], next_cursor: null }],
  'POST /api/people/show': [200, { address: ADA, person: PERSON, archive: null, history_since: null, places: [] }],
} // prettier-ignore
Object.defineProperty(answers, 'POST /api/people/erase', {
  get: () => (erasures.length > 1 ? erasures.shift() : erasures[0]),
})
const { asked, environment } = fakeConsole(answers, [404])

let folder: string
let slept: number[]
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'postern-erase-'))))
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  slept = []
  erasures = [[200, planned], [200, finished]] // prettier-ignore
})

const people = (args: readonly string[], stdin = '', more: Parameters<typeof run>[3] = {}) =>
  run(['people', ...args], stdin, environment, { sleep: async (ms) => void slept.push(ms), ...more })
const answering = (text: string) => ({ person: { readsKeys: true, ask: async () => text } })
const bodies = () => asked.map(({ body }) => body)

describe('people erase', () => {
  it('shows with --plan what would go, and changes nothing', async () => {
    const { code, out } = await people(['erase', ADA, '--plan'])
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "events      3. They lose what is personal.
      quarantine  1. They go. 1 of them may name others too.

      What may still exist:
      - Backups, until 2026-12-29T10:00:01.000Z. Retention removes them.

      The filter of destination app names the person. Change it yourself.
      ",
      }
    `)
    expect(bodies()).toEqual([{ address: ADA, keep_suppression: true, plan: true }])
  })

  it('shows the plan, asks, erases with the reason, and writes the certificate', async () => {
    const file = path.join(folder, 'ada.json')
    const args = ['erase', ADA, '--forget-suppression', ...REASON, '--out', file]
    const { code, out } = await people(args, '', answering('y'))
    expect(code).toBe(0)
    expect(out).toContain(`${ADA}: erased. Certificate 12: ${file}`)
    expect(bodies().slice(0, 2)).toEqual([
      { address: ADA, keep_suppression: false, plan: true },
      { address: ADA, keep_suppression: false },
    ])
    expect(asked.map(({ headers }) => headers['x-reason']).slice(0, 2)).toEqual([
      'request 4711',
      'request 4711',
    ])
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ certificate: CERTIFICATE, jws, key })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('does nothing if the answer is no', async () => {
    expect((await people(['erase', ADA, ...REASON], '', answering('n'))).code).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it('goes on with the same request until the erasure is finished', async () => {
    erasures = [[200, planned], [202, running], [202, running], [200, finished]] // prettier-ignore
    expect((await people(['erase', ADA, ...REASON, '--yes'])).code).toBe(0)
    expect(bodies().slice(1)).toEqual(
      Array.from({ length: 3 }, () => ({ address: ADA, keep_suppression: true })),
    )
    expect(slept).toEqual([5_000, 5_000])
  })

  it('says how to go on if the erasure takes too long', async () => {
    erasures = [[200, planned], [202, running]] // prettier-ignore
    const { code, complaints } = await people(['erase', ADA, ...REASON, '--yes'])
    expect(code).toBe(4)
    expect(complaints).toContain('postern people certificate 12')
  })

  it('erases each person of a file once, and those after one who is held', async () => {
    const csv = 'email,name\nada@example.com,Ada\nADA@example.com,Ada\ngrace@example.com,Grace\n'
    erasures = [[200, planned], [200, planned], HELD, [200, finished]] // prettier-ignore
    const { code, out } = await people(['erase', '--file', '-', ...REASON, '--yes', '--out', folder], csv)
    expect(code).toBe(1)
    expect(out).toMatch(/^events +6\. /m)
    expect(out).toMatch(/^ADA@example.com: not erased. A hold/m)
    expect(out).toMatch(/^grace@example.com: erased. Certificate 12/m)
    expect(await readdir(folder)).toContain('erasure-12.json')
  })

  it('asks for none whom a hold keeps when it plans, and erases the others of the file', async () => {
    const csv = 'ada@example.com\ngrace@example.com\n'
    erasures = [HELD, [200, planned], [200, finished]] // prettier-ignore
    const { code, out } = await people(['erase', '--file', '-', ...REASON, '--yes'], csv)
    expect(code).toBe(1)
    expect(out).toMatch(/^ada@example.com: not erased. A hold/m)
    expect(out).toMatch(/^grace@example.com: erased. Certificate 12/m)
    expect(bodies().slice(2)).toEqual([{ address: 'grace@example.com', keep_suppression: true }])
  })

  it('of one person who is held asks nothing more', async () => {
    erasures = [HELD]
    expect((await people(['erase', ADA, ...REASON, '--yes'])).complaints).toContain('A hold')
    expect(asked).toHaveLength(1)
  })

  it('makes the folder of certificates before anybody is erased', async () => {
    const made = path.join(folder, 'new', 'certificates')
    const args = ['erase', '--file', '-', ...REASON, '--yes', '--out']
    expect((await people([...args, made], ADA)).code).toBe(0)
    expect(await readdir(made)).toEqual(['erasure-12.json'])
    const file = path.join(made, 'erasure-12.json')
    erasures = [[200, planned], [200, finished]] // prettier-ignore
    const wrong = await people([...args, path.join(file, 'below')], ADA)
    expect(wrong).toMatchObject({ code: 2, complaints: expect.stringContaining('Nobody was erased') })
    expect(bodies().at(-1)).toMatchObject({ plan: true })
  })

  it('says that a person is erased, also if the certificate cannot be written', async () => {
    const file = path.join(folder, 'nowhere', 'ada.json')
    const { code, out } = await people(['erase', ADA, ...REASON, '--yes', '--out', file])
    expect(code).toBe(1)
    expect(out).toContain(`${ADA}: erased. Certificate 12: postern people certificate 12 --out FILE`)
    expect(out).toContain('cannot be written')
  })

  it.each([
    ['a file with a line that is no address', ['--file', '-'], 'ada@example.com\nada\n\n', /line 2/],
    ['an empty file', ['--file', '-'], '', /no address/],
    ['a file that is not there', ['--file', '/nonexistent.csv'], '', /cannot be read/],
    ['no address and no file', [], '', /Name an address/],
    ['an address and a file', [ADA, '--file', '-'], '', /Name an address/],
    ['nobody to ask', [ADA], '', /no terminal to answer/],
  ])('with %s erases nobody', async (_which, args, stdin, complaint) => {
    const ran = await people(['erase', ...args, ...REASON], stdin)
    expect(ran).toMatchObject({ code: 2, complaints: expect.stringMatching(complaint) })
    expect(ran.complaints).not.toContain('ada')
    expect(bodies().filter((body) => (body as { plan?: boolean }).plan !== true)).toEqual([])
  })

  it('needs a reason', async () => {
    expect(await people(['erase', ADA])).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('--reason'),
    })
    expect(asked).toEqual([])
  })
})

describe('people certificate', () => {
  const file = () => path.join(folder, 'certificate.json')
  const changed = async (change: (text: string) => string) => {
    const name = path.join(folder, 'changed.json')
    await writeFile(name, change(JSON.stringify({ certificate: CERTIFICATE, jws, key })))
    return name
  }

  it('is shown, once its signature was verified, and written', async () => {
    const { code, out } = await people(['certificate', '12', '--out', file()])
    expect({ code, out }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "out": "The certificate is genuine.
      erasure      12
      person       abababababababababababababababab
      erased at    2026-11-29T10:00:00.000Z
      finished at  2026-11-29T10:00:01.000Z
      suppression  kept, as a keyed hash

      What was destroyed:
      key  The key is destroyed.

      What may still exist:
      - Backups, until 2026-12-29T10:00:01.000Z. Retention removes them.
      ",
      }
    `)
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ jws })
  })

  it('is checked without a console by the key in a file', async () => {
    const keyFile = path.join(folder, 'key.json')
    await writeFile(keyFile, JSON.stringify(key))
    const { code } = await people(['certificate', '--check', file(), '--key', keyFile])
    expect({ code, asked }).toEqual({ code: 0, asked: [] })
  })

  it('counts by its signature: what somebody has changed beside it is not shown', async () => {
    const name = await changed((text) => text.replace('The key is destroyed.', 'Nothing is.'))
    const { code, out } = await people(['certificate', '--check', name])
    expect(code).toBe(0)
    expect(out).not.toContain('Nothing is.')
  })

  it.each([
    ['a changed signature', (text: string) => text.replace(jws, `${jws.slice(0, -4)}AAAA`)],
    ['the signature of another key', async () => JSON.stringify({ certificate: CERTIFICATE, jws: await signCertificate(CERTIFICATE, keysOf(2)) })],
    ['no algorithm', () => JSON.stringify({ certificate: CERTIFICATE, jws: `${btoa('{"alg":"none"}').replaceAll('=', '')}.${jws.split('.')[1]}.AA` })],
  ] as const)('with %s is not genuine', async (_which, change) => {
    const name = path.join(folder, 'forged.json')
    await writeFile(name, await change(JSON.stringify({ certificate: CERTIFICATE, jws, key })))
    expect(await people(['certificate', '--check', name])).toMatchObject({ code: 1, out: '', complaints: expect.stringContaining('not genuine') })
  }) // prettier-ignore

  it('says whether it is about a person', async () => {
    const check = () => people(['certificate', '--check', file(), '--address', ADA])
    expect((await check()).code).toBe(0)
    answers['POST /api/people/show'] = [
      200,
      { address: ADA, person: 'cd'.repeat(16), archive: null, history_since: null, places: [] },
    ]
    expect(await check()).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('about another person'),
    })
  })

  it.each([
    ['of an erasure that runs', ['13'], 1, /not finished/],
    ['of no erasure', ['14'], 1, /no erasure/],
    ['of a file without one', ['--check', '-'], 2, /no certificate/],
    ['of nothing', [], 2, /Name the number/],
  ])('%s is refused', async (_which, args, code, complaint) => {
    expect(await people(['certificate', ...args], '{}')).toMatchObject({
      code,
      complaints: expect.stringMatching(complaint),
    })
  })

  it('has its erasure in the list', async () => {
    const { code, out } = await people(['erasures'])
    expect(code).toBe(0)
    expect(out).toMatch(/^12 +finished/m)
  })
})
