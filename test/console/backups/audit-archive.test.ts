import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { archive, verifyLog } from '../../../src/console/backups/audit-archive.ts'
import type { RequestContext } from '../../../src/console/request-context.ts'
import type { LogFields } from '../../../src/platform/log.ts'
import { WHO } from '../../support/who.ts'

const DAY_MS = 86_400_000
const NOW_MS = 1_800_000_000_000
const NOTE = { action: 'source.changed', target: 'source/x', before: null, after: null } as const

let logs = 0
let registry = env.REGISTRY.getByName('archive-0')
let logged: LogFields[] = []

type Part = Pick<RequestContext, 'registry' | 'backups' | 'nowMs' | 'log'>
const context = (days = 0): RequestContext => {
  const part: Part = {
    registry,
    backups: env.BACKUPS,
    nowMs: NOW_MS + days * DAY_MS,
    log: (fields) => logged.push(fields),
  }
  return part as RequestContext
}

async function note(times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => registry.audit.note(NOTE, WHO)))
}

/** Effect of an attacker with write access to the registry's storage. */
const tamper = (sql: string) =>
  runInDurableObject(registry, (_, { storage }) => {
    storage.sql.exec(sql)
  })

beforeEach(async () => {
  registry = env.REGISTRY.getByName(`archive-${++logs}`)
  logged = []
  const { objects } = await env.BACKUPS.list()
  await env.BACKUPS.delete(objects.map(({ key }) => key))
})

async function archivedLines(): Promise<number[]> {
  const { objects } = await env.BACKUPS.list({ prefix: 'audit/lines/' })
  const texts = await Promise.all(
    objects.toReversed().map(async ({ key }) => (await env.BACKUPS.get(key))?.text()),
  )
  return texts.flatMap((text) =>
    (text ?? '').split('\n').flatMap((line) => (line === '' ? [] : [Number(JSON.parse(line).seq)])),
  )
}

describe('the archive', () => {
  it('gets each line once, however often the job runs, and the head is logged', async () => {
    await note(3)
    expect(await archive(context())).toBe(3)
    expect(await archive(context())).toBe(0)
    await note(2)
    expect(await archive(context(1))).toBe(2)
    expect(await archivedLines()).toEqual([1, 2, 3, 4, 5])
    const { head } = await registry.audit.heads()
    expect(logged.at(-1)).toEqual({ event: 'audit_head', count: 5, message: head.mac })
  })

  it('spans several objects if there are many lines', async () => {
    await note(503)
    expect(await archive(context())).toBe(503)
    expect(await archivedLines()).toEqual(Array.from({ length: 503 }, (_, i) => i + 1))
    expect(await verifyLog(context())).toMatchObject({ ok: true, lines: 503, anchors: 1 })
  })
})

describe('verification against the anchors', () => {
  beforeEach(async () => {
    await note(4)
    await archive(context(0))
    await note(4)
    await archive(context(1))
  })

  it('passes for an unchanged log', async () => {
    await note(1)
    expect(await verifyLog(context())).toMatchObject({ ok: true, lines: 9, anchors: 2, head: { seq: 9 } })
  })

  it.each([
    [
      'an edited line',
      `UPDATE audit SET text = replace(text, 'source/x', 'source/y') WHERE seq = 3`,
      3,
      'changed',
    ],
    ['a removed line', 'DELETE FROM audit WHERE seq = 5', 5, 'missing'],
    ['a removed beginning', 'DELETE FROM audit WHERE seq <= 2', 1, 'missing'],
    ['a cut end', 'DELETE FROM audit WHERE seq > 6', 7, 'cut_off'],
    ['everything gone', 'DELETE FROM audit', 1, 'cut_off'],
  ])('with %s tells where', async (_what, sql, seq, problem) => {
    await tamper(sql)
    expect(await verifyLog(context())).toEqual({ ok: false, seq, problem })
  })

  it('uses the readable anchors', async () => {
    const [first] = (await env.BACKUPS.list({ prefix: 'audit/heads/' })).objects
    await env.BACKUPS.put(first?.key ?? '', '{"seq": 4, ')
    expect(await verifyLog(context())).toMatchObject({ ok: true, anchors: 1 })
  })

  it('finds a log that was rewritten from some line on with the right key', async () => {
    await tamper('DELETE FROM audit WHERE seq > 2')
    await note(6)
    expect(await verifyLog(context())).toEqual({ ok: false, seq: 4, problem: 'rewritten' })
  })
})
