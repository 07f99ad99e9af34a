/** A master key is replaced while Postern runs: the new key is added, everything is re-encrypted, the old key is removed. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { Account } from '../../src/simulator/sender.ts'
import { type Postern, simulated, nowSeconds, startPostern, until } from './postern.ts'

const V1 = `v1:${randomBytes(32).toString('base64')}`
const V2 = `v2:${randomBytes(32).toString('base64')}`
const SOURCE = 'kept'

let stateDir: string
beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'postern-master-key-'))
})
afterAll(() => rm(stateDir, { recursive: true, force: true }))

/** One deployment after the other over the same storage. */
async function deployed(masterKey: string, work: (postern: Postern) => Promise<void>): Promise<void> {
  const postern = await startPostern({ stateDir, bindings: { MASTER_KEY: masterKey } })
  try {
    await work(postern)
  } finally {
    await postern.runtime.close()
  }
}

async function deliver(postern: Postern, account: Account, recipient: string): Promise<number> {
  const request = await account.deliver(
    [simulated({ kind: 'email.bounced', bounce: 'hard', recipient })],
    nowSeconds(),
  )
  return (await send(new URL(`/hooks/${SOURCE}`, postern.runtime.url('gateway')), request)).status
}

async function isSuppressed(postern: Postern, recipient: string): Promise<boolean> {
  const answer = await postern.console.get(`/api/suppressions/${encodeURIComponent(recipient)}`)
  return (jsonOf(answer) as { suppressed: unknown }).suppressed === true
}

async function resealAll(postern: Postern): Promise<number> {
  let resealed = 0
  let cursor: string | null = null
  do {
    const answer = await postern.console.post('/api/master-key/reseal', { cursor })
    const step = jsonOf(answer) as { resealed: number; cursor: string | null }
    if (answer.status !== 200) throw new Error(answer.body.toString())
    resealed += step.resealed
    cursor = step.cursor
  } while (cursor !== null)
  return resealed
}

const stillNeeded = async (postern: Postern): Promise<unknown> =>
  (jsonOf(await postern.console.get('/api/master-key')) as { still_needed: unknown }).still_needed

it('is replaced without losing a delivery, a suppression or a line of the log', async () => {
  let account: Account | undefined
  await deployed(V1, async (postern) => {
    ;({ account } = await postern.source('generic', SOURCE))
    expect(await deliver(postern, account, 'first@example.com')).toBe(200)
    await until(() => isSuppressed(postern, 'first@example.com'))
  })
  if (account === undefined) throw new Error('no account')
  const sender = account

  await deployed(`${V2},${V1}`, async (postern) => {
    // The old key still decrypts, while the new one encrypts.
    expect(await deliver(postern, sender, 'second@example.com')).toBe(200)
    await until(() => isSuppressed(postern, 'second@example.com'))
    expect(await isSuppressed(postern, 'first@example.com')).toBe(true)
    expect(await stillNeeded(postern)).toEqual([1])
    expect(await resealAll(postern)).toBeGreaterThan(0)
    expect(await stillNeeded(postern)).toEqual([])
    expect(await resealAll(postern)).toBe(0)
    expect(await deliver(postern, sender, 'third@example.com')).toBe(200)
    await until(() => isSuppressed(postern, 'third@example.com'))
  })

  await deployed(V2, async (postern) => {
    for (const recipient of ['first@example.com', 'second@example.com', 'third@example.com'])
      expect(await isSuppressed(postern, recipient)).toBe(true)
    expect(new Set((await postern.events(SOURCE)).map(({ recipient }) => recipient))).toEqual(
      new Set(['first@example.com', 'second@example.com', 'third@example.com']),
    )
    expect(await deliver(postern, sender, 'fourth@example.com')).toBe(200)
    await until(() => isSuppressed(postern, 'fourth@example.com'))
    const verified = await postern.console.get('/api/audit/verify')
    expect(jsonOf(verified)).toMatchObject({ ok: true })
  })
}, 120_000)
