/** Calls of the demo's ESPs that only `postern drill` may make. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import {
  type DemoEsps,
  type EspsAsk,
  type EspsNote,
  type SignedRequest,
  startEsps,
} from '../../src/simulator/demo/esps.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'

let folder: string
let esps: DemoEsps
let note: EspsNote
let nowMs = 1_000_000
let switchedOff = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-'))
  const sender = senderNamed('generic')
  if (sender === undefined) throw new Error('no simulated generic sender')
  const stage = await Stage.open('demo-generic', 'http://localhost:1/', '198.18.1.10', sender)
  const notePath = path.join(folder, 'esps.json')
  const api = { source: 'demo-generic', switchOff: () => void switchedOff++ }
  esps = await startEsps({ stages: [stage], notePath, api, nowMs: () => nowMs })
  note = JSON.parse(await readFile(notePath, 'utf8'))
})
afterAll(async () => {
  await esps.stop()
  await rm(folder, { recursive: true })
})

const ask = (asked: EspsAsk | string, token = note.token) =>
  send(new URL(note.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: Buffer.from(typeof asked === 'string' ? asked : JSON.stringify(asked)),
  })

const EVENT = {
  kind: 'email.bounced',
  messageId: 'm',
  recipient: 'drill@example.com',
  occurredAtSeconds: 900,
}
const SIGN = { ask: 'sign', source: 'demo-generic', events: [EVENT], nowSeconds: 1_000 } as const

describe('the ESPs of the demo', () => {
  it('sign a delivery, from the address of the ESP', async () => {
    const signed = jsonOf(await ask(SIGN)) as SignedRequest
    expect(signed).toMatchObject({ method: 'POST', address: '198.18.1.10' })
    expect(signed.headers).toMatchObject({ 'x-webhook-timestamp': '1000' })
    expect(Buffer.from(signed.bodyBase64, 'base64').toString()).toContain('drill@example.com')
  })

  it('stop for a while', async () => {
    expect(esps.isPaused('demo-generic')).toBe(false)
    expect((await ask({ ask: 'pause', source: 'demo-generic', seconds: 60 })).status).toBe(200)
    expect(esps.isPaused('demo-generic')).toBe(true)
    nowMs += 61_000
    expect(esps.isPaused('demo-generic')).toBe(false)
  })

  it('switch a webhook off', async () => {
    expect((await ask({ ask: 'switch_off', source: 'demo-generic' })).status).toBe(200)
    expect(switchedOff).toBe(1)
  })

  it.each<[string, number, EspsAsk | string, string | undefined]>([
    ['without their token', 401, SIGN, 'x'.repeat(32)],
    ['for a source that is not simulated', 404, { ...SIGN, source: 'shop' }, undefined],
    ['what is no JSON', 400, '{', undefined],
    ['more than a drill needs', 400, 'x'.repeat(70_000), undefined],
  ])('do nothing %s', async (_, status, asked, token) => {
    expect((await ask(asked, token)).status).toBe(status)
  })

  it('keep their token from other users of the machine', async () => {
    const { mode } = await stat(path.join(folder, 'esps.json'))
    expect(mode & 0o077).toBe(0)
  })
})
