/** A deployment is lost and restored from its backup. It answers the same deliveries as before. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { type Postern, simulated, nowSeconds, startPostern } from './postern.ts'

let lost: Postern
let found: Postern
const certificates = new Map<string, string>()

beforeAll(async () => {
  lost = await startPostern({ certificates })
  found = await startPostern({
    certificates,
    bindings: { MASTER_KEY: lost.secrets.MASTER_KEY },
  })
})
afterAll(async () => {
  await lost.runtime.close()
  await found.runtime.close()
})

interface Played {
  readonly source: string
  readonly request: OutgoingRequest
}

/** For each provider a genuine delivery, the same with changed credentials, and a copy. */
async function deliveries(): Promise<Played[]> {
  const played: Played[] = []
  for (const { provider } of SENDERS) {
    const { name, account } = await lost.source(provider)
    const request = await account.deliver([simulated({ kind: account.kinds[0] ?? '' })], nowSeconds())
    const forged = Object.fromEntries(
      Object.entries(request.headers).map(([header, value]) => [
        header,
        request.proofHeaders.includes(header.toLowerCase()) ? `${value}x` : value,
      ]),
    )
    played.push(
      { source: name, request: { ...request, headers: forged } },
      { source: name, request },
      { source: name, request },
    )
  }
  return played
}

/** Status and receipt of each answer, in order. */
async function answersOf(postern: Postern, played: readonly Played[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const { source, request } of played) {
    const url = new URL(`/hooks/${source}${request.query}`, postern.runtime.url('gateway'))
    const answer = await send(url, request)
    const { request_id: _id, ...receipt } = jsonOf(answer) as { request_id?: string }
    answers.push({ source, status: answer.status, receipt })
  }
  return answers
}

it('gives the same answers to the same deliveries', async () => {
  const played = await deliveries()
  const made = await lost.console.post('/api/backups', {})
  expect(made.status).toBe(201)
  const { id } = jsonOf(made) as { id: string }
  const file = jsonOf(await lost.console.get(`/api/backups/${id}`))

  expect((await answersOf(found, played.slice(0, 1)))[0]).toMatchObject({ status: 404 })
  // An isolate caches an unknown name for a second.
  await sleep(1_100)
  const restored = await found.console.post('/api/restore', { file })
  expect(jsonOf(restored)).toEqual({
    restored: SENDERS.length,
    removed: 0,
    revived: [],
    destinations: [],
    paused_channels: [],
    checked: true,
    missing: [],
  })

  const before = await answersOf(lost, played)
  expect(await answersOf(found, played)).toEqual(before)
  const accepted = before.filter((one) => (one as { receipt: { accepted?: number } }).receipt.accepted === 1)
  expect(accepted).toHaveLength(SENDERS.length)
}, 300_000)

it('refuses a second restore over existing data, and a damaged file', async () => {
  const [newest] = (jsonOf(await lost.console.get('/api/backups')) as { backups: { id: string }[] }).backups
  const file = jsonOf(await lost.console.get(`/api/backups/${newest?.id}`)) as { sealed: string }
  const codeOf = async (body: unknown) =>
    (jsonOf(await found.console.post('/api/restore', body)) as { code?: string }).code
  expect(await codeOf({ file })).toBe('not_empty')
  expect(await codeOf({ file: { ...file, sealed: file.sealed.replace(/^..../, 'AAAA') } })).toBe(
    'backup_damaged',
  )
  expect(await codeOf({ id: '20260101T000000000Z' })).toBe('backup_unknown')
})

it('records in the audit log who made, downloaded and restored a backup', async () => {
  const actions = async (postern: Postern) =>
    (jsonOf(await postern.console.get('/api/audit')) as { entries: { action: string }[] }).entries
      .map(({ action }) => action)
      .filter((action) => action.startsWith('backup.'))
  expect(await actions(lost)).toEqual(['backup.read', 'backup.read', 'backup.made'])
  expect(await actions(found)).toEqual(['backup.restored'])
})
