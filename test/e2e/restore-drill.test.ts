/** Restore drills through all three Workers: a good backup passes, and whatever it lacks is found. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupFile } from '../../src/api/backups.ts'
import type { DrillReport } from '../../src/api/drills.ts'
import { checksumOf, sealedOf } from '../../src/console/backups/backups.ts'
import { toBase64 } from '../../src/platform/bytes.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { type Dump, readDump, sealDump } from '../../src/registry/backup/dump.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { type Ran, run } from '../cli/run.ts'
import { freePorts } from './free-ports.ts'
import { type Postern, WITH_DESTINATIONS, startPostern } from './postern.ts'

const PATIENCE_MS = 300_000

let postern: Postern
let folder: string
/** Each provider's source, and the generic one a second time. */
const sources = SENDERS.length + 1

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'restore-drill-'))
  const [port = 0] = await freePorts(1)
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    ports: { gateway: port, console: 0 },
    bindings: { ...WITH_DESTINATIONS.bindings, GATEWAY_URL: `http://localhost:${port}` },
  })
  const { console } = postern
  for (const { provider } of SENDERS) await postern.source(provider)
  await postern.source('generic', 'changed')
  await console.put('/api/destinations/app', { url: 'http://127.0.0.1:9/' })
  const channel = await console.put('/api/channels/team', {
    kind: 'slack',
    secrets: { webhook_url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX' },
  })
  expect(channel.status, channel.body.toString()).toBe(201)
  await console.put('/api/retention', { events: 500, holds: [{ source: 'generic', reason: 'dispute' }] })
  for (const name of ['ada', 'grace', 'mary'])
    await console.post('/api/suppressions', { address: `${name}@example.com` })
  await console.remove('/api/suppressions/mary@example.com')
}, PATIENCE_MS)

afterAll(async () => {
  await postern.runtime.close()
  await rm(folder, { recursive: true, force: true })
})

const drill = (args: readonly string[] = [], environment: Record<string, string> = {}): Promise<Ran> =>
  run(
    ['drill', 'restore', '--json', ...args],
    '',
    { ...postern.reach, MASTER_KEY: postern.secrets.MASTER_KEY, ...environment },
    { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  )

const reportIn = ({ out }: Ran) => JSON.parse(out) as DrillReport & { readonly id: string | null }
const backUp = async (): Promise<string> =>
  (jsonOf(await postern.console.post('/api/backups', {})) as { id: string }).id
const fileOf = async (id: string) => jsonOf(await postern.console.get(`/api/backups/${id}`)) as BackupFile
const idIn = ({ id }: { readonly id: string | null }) => String(id)
const events = async () => jsonOf(await postern.console.get('/api/counters')) as { events: unknown[] }
const failedIn = ({ checks }: DrillReport) =>
  checks.filter(({ passed }) => !passed).map(({ name, found }) => `${name}: ${found}`)

describe('a restore drill', () => {
  it('passes, keeps its report, and stores nothing in the real deployment', async () => {
    await backUp()
    const ran = await drill()
    expect(ran).toMatchObject({ code: 0 })
    const report = reportIn(ran)
    expect(failedIn(report)).toEqual([])
    const found = Object.fromEntries(report.checks.map((check) => [check.name, check.found]))
    expect(found).toMatchObject({
      backup: `${sources + 2} of ${sources + 2} sources, destinations and channels came back.`,
      sources: `${sources} of ${sources} are the same.`,
      parts: '1 of 1 parts of the suppressions, and the incidents, are there.',
      retention: '1 of 1 are the same.',
      suppressions: '13 of 13 are the same.',
      'deliveries unsigned': '30 of 30 are the same.',
    })
    // Sources whose ESP shares its secret with us.
    expect(
      Number(found['deliveries genuine, in the temporary deployment alone']?.split(' ')[0]),
    ).toBeGreaterThan(10)
    expect(Number(found['deliveries signed correctly, with an old time']?.split(' ')[0])).toBeGreaterThan(5)
    expect((await events()).events).toEqual([])
    const listed = await run(['drill', 'reports', '--json'], '', postern.reach)
    expect(JSON.parse(listed.out)).toMatchObject({ drills: [{ id: report.id, passed: true }] })
    const shown = await run(['drill', 'report', String(report.id)], '', postern.reach)
    expect(shown.out).toContain('# Restore drill')
    expect(shown.out).toContain('| sources | passed |')
  }, 300_000)
})

/** The backup as another one would be, sealed under the same key. */
async function changed(id: string, change: (dump: Dump) => Dump): Promise<string> {
  const file = await fileOf(id)
  const keys = sealer(readMasterKeys(postern.secrets.MASTER_KEY), 'backup')
  const read = await readDump((await sealedOf(file)) ?? new Uint8Array(), keys)
  if (!read.ok) throw new Error(read.problem)
  const sealed = await sealDump(change(read.dump), keys)
  const named = path.join(folder, `${crypto.randomUUID()}.json`)
  const sha256 = await checksumOf(file, sealed)
  await writeFile(named, JSON.stringify({ ...file, sealed: toBase64(sealed), sha256 }))
  return named
}

type DumpedSource = Dump['sources'][number]
const withSource =
  (name: string, change: (source: DumpedSource) => DumpedSource[]) =>
  (dump: Dump): Dump => ({
    ...dump,
    sources: dump.sources.flatMap((source) => (source.name === name ? change(source) : [source])),
  })

describe('a backup', () => {
  it.each<[string, (dump: Dump) => Dump, (string | RegExp)[]]>([
    [
      'without a source',
      withSource('resend', () => []),
      [
        `backup: ${sources + 1} of ${sources + 2} sources`,
        `sources: ${sources - 1} of ${sources} are the same; different: resend.`,
      ],
    ],
    [
      'with another setting',
      withSource('resend', (one) => [{ ...one, config: { ...one.config, ratePerMinute: 7 } }]),
      [`sources: ${sources - 1} of ${sources} are the same; different: resend.`],
    ],
    [
      'with another secret',
      withSource('changed', (one) => [
        {
          ...one,
          secrets: one.secrets.map((version) => ({
            ...version,
            secret: { kind: 'text', text: 'another-secret-of-a-drill-0123456789' },
          })),
        },
      ]),
      [
        /^deliveries signed correctly.*different: changed \(401 timestamp_outside_window, in the real one 401 signature_mismatch\)/,
      ],
    ],
    ['without retention', ({ retention: _retention, ...dump }) => dump, ['retention: 0 of 1 are the same']],
    [
      'without its destination',
      (dump) => ({ ...dump, destinations: [] }),
      ['backup: ', 'destinations: 0 of 1 are the same; different: app.'],
    ],
  ])(
    '%s fails',
    async (_, change, expected) => {
      const ran = await drill(['--no-report', '--backup', await changed(await backUp(), change)])
      expect(ran.code).toBe(1)
      const report = reportIn(ran)
      expect(report).toMatchObject({ id: null, passed: false })
      expect(failedIn(report)).toEqual(expected.map((text) => expect.stringMatching(text) as string))
    },
    PATIENCE_MS,
  )

  it(
    'passes with what changed since, and fails for an answer that nobody changed',
    async () => {
      const id = await backUp()
      await postern.console.put('/api/sources/changed', { provider: 'generic', ratePerMinute: 9 })
      await postern.console.remove('/api/suppressions/ada@example.com')
      const erased = await run(
        ['people', 'erase', 'grace@example.com', '--forget-suppression', '--reason', 'request 4711', '--yes'],
        '',
        postern.reach,
      )
      expect(erased.code, erased.complaints).toBe(0)
      const ran = await drill(['--backup', id])
      const report = reportIn(ran)
      expect(failedIn(report)).toEqual([])
      const found = report.checks.map((check) => `${check.name}: ${check.found}`)
      expect(found).toContain(
        `sources: ${sources - 1} of ${sources - 1} are the same; 1 changed since the backup.`,
      )
      expect(found).toContain('suppressions: 11 of 11 are the same; 2 changed since the backup.')
      expect(report.id).toBe(idIn(report))

      const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('consumer')
      await STORE.prepare('DELETE FROM suppressions').run()
      const lost = await drill(['--no-report', '--backup', id])
      expect(lost.code).toBe(1)
      expect(failedIn(reportIn(lost))).toEqual([expect.stringMatching(/^suppressions: /)])
      expect(lost.out).not.toContain('@example.com')
    },
    PATIENCE_MS,
  )

  it(
    'that lacks a part fails and names it, and is not restored',
    async () => {
      await postern.console.post('/api/suppressions', { address: 'joan@example.com' })
      const id = await backUp()
      const { BACKUPS } = await postern.runtime.bindings<{ BACKUPS: R2Bucket }>('console')
      await BACKUPS.delete(`suppressions/${id}/0000`)
      const ran = await drill(['--no-report', '--backup', id])
      expect(ran.code).toBe(1)
      expect(failedIn(reportIn(ran))).toEqual([
        'parts: Missing from the backup: suppressions/0000.',
        expect.stringMatching(/^suppressions: .*; different: address 1/) as string,
      ])
      const before = (await postern.console.get('/api/configuration')).body.toString()
      const restored = await run(['restore', id, '--replace', '--yes', '--reason', 'test'], '', postern.reach)
      expect(restored).toMatchObject({ code: 1 })
      expect(restored.complaints).toContain('The backup lacks suppressions/0000. Nothing was changed.')
      expect((await postern.console.get('/api/configuration')).body.toString()).toBe(before)
    },
    PATIENCE_MS,
  )

  it.each<[string, () => Promise<[string[], Record<string, string>?]>, number, string]>([
    [
      'under another master key',
      async () => [[], { MASTER_KEY: `v1:${Buffer.alloc(32, 'another').toString('base64')}` }],
      1,
      'backup_foreign',
    ],
    ['under no master key', async () => [[], { MASTER_KEY: 'v1:short' }], 2, 'usage_error'],
    [
      'that is damaged',
      async () => {
        const file = await fileOf(await backUp())
        const named = path.join(folder, 'damaged.json')
        await writeFile(named, JSON.stringify({ ...file, sealed: file.sealed.replace(/^..../, 'AAAA') }))
        return [['--backup', named]]
      },
      1,
      'backup_damaged',
    ],
    ['that is not there', async () => [['--backup', '20260101T000000000Z']], 1, 'backup_unknown'],
    ['in no file', async () => [['--backup', path.join(folder, 'none.json')]], 2, 'usage_error'],
  ])(
    '%s is refused',
    async (_, make, code, problem) => {
      const [args, environment] = await make()
      const ran = await drill(args, environment)
      expect({ code: ran.code, problem: ran.complaints + ran.out }).toMatchObject({
        code,
        problem: expect.stringContaining(problem) as string,
      })
      expect(ran.out + ran.complaints).not.toContain(postern.secrets.MASTER_KEY)
    },
    PATIENCE_MS,
  )
})
