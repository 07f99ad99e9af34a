/** The console tells the channels of the real registry that the consumer is silent, once, and that it is over. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { sendingDeps } from '../../src/channels/delivery/deps.ts'
import { type PathWatchDeps, watchPath } from '../../src/console/path-watch.ts'
import { NO_SIGNS, type PathState, withSign } from '../../src/refusals/path-state.ts'
import { registryIn } from '../../src/registry/members.ts'
import { WHO } from '../support/who.ts'

const HOOK = 'https://hooks.slack.com/services/T00000000/B00000000/hV8sWqLr2nJx5Kd'
const START = 1_780_000_000_000
const MINUTE = 60_000

let state: PathState
let posted: { readonly url: string; readonly body: string }[]
let status: number

beforeEach(async () => {
  state = NO_SIGNS
  posted = []
  status = 200
  await registryIn(env).channels.put(
    'ops',
    { kind: 'slack', minimum_severity: 'critical', secrets: { webhook_url: HOOK } },
    WHO,
    null,
  )
})

const look = (minutes: number, change: Partial<PathWatchDeps> = {}): Promise<number> => {
  const nowMs = START + minutes * MINUTE
  const { open, send } = sendingDeps(
    { MASTER_KEY: env.MASTER_KEY },
    {
      nowMs: () => nowMs,
      async fetch(input, init) {
        const request = new Request(input, init)
        if (request.url.includes('dns-query'))
          return Response.json({ Status: 0, Answer: [{ type: 1, data: '93.184.216.34' }] })
        posted.push({ url: request.url, body: await request.text() })
        return new Response('ok', { status })
      },
    },
  )
  return watchPath({
    refusalLog: {
      path: async () => state,
      async sign(sign) {
        state = withSign(state, sign, nowMs)
      },
    },
    channels: async () => (await registryIn(env).snapshots.channels(-1))?.channels ?? [],
    open,
    send,
    oldestMs: async () => null,
    heartbeatUrl: '',
    installation: 'https://gate.example',
    nowMs,
    log: () => undefined,
    ...change,
  })
}

const sign = (minutes: number, one: Parameters<typeof withSign>[1]): void => {
  state = withSign(state, one, START + minutes * MINUTE)
}
const storedAt = (minutes: number) => sign(minutes, { of: 'stored', storeFault: null })
const acceptedAt = (minutes: number) => sign(minutes, { of: 'accepted', atMs: START + minutes * MINUTE })

it('tells a silent consumer once, within three minutes, and its end once', async () => {
  storedAt(0)
  acceptedAt(2)
  expect(await look(4)).toBe(0)
  expect(await look(5)).toBe(1)
  expect(posted.map(({ url }) => url)).toEqual([HOOK])
  expect(posted[0]?.body).toMatch(/the consumer is silent/)
  expect(posted[0]?.body).toContain('wrangler tail postern-consumer')
  acceptedAt(6)
  expect(await look(6)).toBe(0)
  storedAt(7)
  expect(await look(7)).toBe(1)
  expect(await look(8)).toBe(0)
  expect(posted).toHaveLength(2)
  expect(posted[1]?.body).toMatch(/resolved/i)
})

it('tells a silent watch, and tries again a channel that failed', async () => {
  sign(0, { of: 'watch', storedMs: null })
  status = 503
  expect(await look(6)).toBe(0)
  status = 200
  expect(await look(7)).toBe(1)
  expect(posted.at(-1)?.body).toMatch(/the watch is silent/)
})

it('tells nothing that the watch tells, and nothing to a channel that is paused', async () => {
  sign(0, { of: 'night', failed: true })
  expect(await look(9)).toBe(0)
  storedAt(0)
  acceptedAt(2)
  await registryIn(env).channels.put(
    'ops',
    { kind: 'slack', paused: true, secrets: { webhook_url: HOOK } },
    WHO,
    null,
  )
  expect(await look(9)).toBe(0)
  expect(posted).toEqual([])
})

it('pings a monitor while all is well, and no longer', async () => {
  const heartbeatUrl = 'https://ping.example/3f0a'
  storedAt(0)
  await look(1, { heartbeatUrl })
  expect(posted.map(({ url }) => url)).toEqual([heartbeatUrl])
  acceptedAt(2)
  await look(9, { heartbeatUrl, channels: async () => [] })
  expect(posted).toHaveLength(1)
})
