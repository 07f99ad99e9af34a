/** The test after a deployment, against the real Workers, and what it says if one of them is not as it should be. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { folderOf } from '../../../scripts/deploy/configuration/write.ts'
import { environmentNamed } from '../../../scripts/deploy/environment.ts'
import { smokeTest } from '../../../scripts/deploy/steps/smoke-test.ts'
import { type Received, jsonOf, send } from '../../../src/simulator/http.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'
import { type Postern, startPostern } from '../../e2e/postern.ts'
import { type Fake, startFake } from './fake/index.ts'
import { KEYS, run } from './fake/run.ts'

const ENVIRONMENT = 'smoke-test'
/** Nothing new has to become known on this machine. */
const PATIENCE = { reachedWithinMs: 1_000, storedWithinMs: 30_000 }

/** Proxy before the Workers. It answers itself, or changes the headers of what it passes on. */
type Front = (worker: 'gateway' | 'console', request: Passing) => number | 'none' | undefined
interface Passing {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
}

let postern: Postern
let fake: Fake
let front: Front = () => undefined
const fronts = { gateway: frontOf('gateway'), console: frontOf('console') }
const origins = { gateway: '', console: '' }

beforeAll(async () => {
  postern = await startPostern()
  fake = await startFake()
  for (const worker of ['gateway', 'console'] as const) {
    await new Promise<void>((up) => fronts[worker].listen(0, '127.0.0.1', up))
    origins[worker] = `http://127.0.0.1:${(fronts[worker].address() as AddressInfo).port}`
  }
  fake.hostsTo = (host) => new URL(host.includes('console') ? origins.console : origins.gateway)
})
afterAll(async () => {
  for (const server of Object.values(fronts)) {
    server.closeAllConnections()
    server.close()
  }
  await fake.close()
  await postern.runtime.close()
  await rm(folderOf(environmentNamed(ENVIRONMENT)), { recursive: true, force: true })
})
afterEach(() => {
  front = () => undefined
})

function frontOf(worker: 'gateway' | 'console') {
  return createServer((request, response) => {
    passOn(worker, request, response).catch(() => response.destroy())
  })
}

async function passOn(worker: 'gateway' | 'console', request: IncomingMessage, response: ServerResponse) {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([n, value]) => [n, String(value)]))
  delete headers['host']
  const passing = { method: request.method ?? 'GET', path: request.url ?? '/', headers }
  const own = front(worker, passing)
  if (own === 'none') {
    response.destroy()
    return
  }
  if (own !== undefined) {
    response.writeHead(own, { 'content-type': 'application/json' }).end('{}')
    return
  }
  const answer = await send(new URL(passing.path, postern.runtime.url(worker)), {
    method: passing.method,
    headers,
    body: Buffer.concat(parts),
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
}

const namesOf = (answer: Received): string[] =>
  (jsonOf(answer) as { sources: { name: string }[] }).sources.map(({ name }) => name)
const stored = async () =>
  Object.fromEntries(
    await Promise.all(
      ['events', 'quarantine', 'suppressions', 'counters'].map(async (path) => {
        const answer = jsonOf(await postern.console.get(`/api/${path}`)) as Record<string, unknown>
        return [path, answer[path === 'counters' ? 'events' : path]]
      }),
    ),
  )
const sources = async (): Promise<string[]> => namesOf(await postern.console.get('/api/sources'))

async function tried(isKnown = true) {
  const printed: string[] = []
  const end = await smokeTest(
    {
      gatewayUrl: origins.gateway,
      consoleUrl: origins.console,
      token: isKnown ? postern.secrets.ADMIN_TOKEN : undefined,
    },
    {},
    (line) => printed.push(line),
    PATIENCE,
  ).then(
    () => 'passed',
    (cause: unknown) => String(cause),
  )
  return { end, printed: printed.join('\n') }
}

describe('three Workers as they should be', () => {
  it('pass, and nothing is left: no event, nothing in quarantine, no source of an earlier run', async () => {
    const { document } = (await senderNamed('generic')?.open()) ?? {}
    const leftBehind = { ...document, deployCheck: true }
    expect((await postern.console.put('/api/sources/left-behind', leftBehind)).status).toBe(201)
    // By its name it could be one of the test. It is an operator's.
    const own = 'deploy-check-0badcafe'
    expect((await postern.console.put(`/api/sources/${own}`, document)).status).toBe(201)
    const { end, printed } = await tried()
    expect({ end, printed }).toMatchObject({ end: 'passed' })
    expect(printed).toMatch(
      /refuses a request without a token\.\nThe master key opens what is stored\.\nA forged delivery is refused\.\nA signed delivery/,
    )
    expect(await sources()).toEqual([own])
    expect(await stored()).toEqual({ events: [], quarantine: [], counters: [], suppressions: [] })
    expect((await postern.console.remove(`/api/sources/${own}`)).status).toBe(200)
  })

  it('pass npm run deploy, as they are called by it', async () => {
    const deployed = await run(fake, 'deploy', ['--env', ENVIRONMENT, '--yes'], {
      ...KEYS,
      ADMIN_TOKEN: postern.secrets.ADMIN_TOKEN,
    })
    expect(deployed).toMatchObject({ code: 0 })
    expect(deployed.out).toContain(
      'A signed delivery is accepted and stored, in quarantine. It is removed again.',
    )
    expect(await sources()).toEqual([])

    front = (worker) => (worker === 'gateway' ? 404 : undefined)
    const again = await run(fake, 'deploy', ['--env', ENVIRONMENT, '--yes'], {
      ...KEYS,
      ADMIN_TOKEN: postern.secrets.ADMIN_TOKEN,
    })
    expect(again.out).toMatch(
      /A forged delivery got HTTP 404 and not 401\. .* Going back is not possible: postern-\S+ has no version before /,
    )
    expect(again.out).not.toContain('go back with')
    expect(again.code).toBe(1)

    const heads = () => [...fake.account.scripts.values()].map(({ deployments }) => deployments[0]?.version)
    const before = heads()
    const upgraded = await run(fake, 'deploy', ['--env', ENVIRONMENT, '--yes'], {
      ...KEYS,
      ADMIN_TOKEN: postern.secrets.ADMIN_TOKEN,
      EMAIL_SERVICE_SOURCE: 'mail',
    })
    expect(upgraded.out).toContain('Deployed postern-consumer-smoke-test.')
    expect(upgraded.out).toMatch(
      /HTTP 404 and not 401\. So the deployment went back to the release before\.\n$/,
    )
    expect(upgraded.code).toBe(1)
    expect(heads()).toEqual(before)
  }, 600_000)

  it('are tried without a delivery if no token is known', async () => {
    const { end, printed } = await tried(false)
    expect(end).toBe('passed')
    expect(printed).toContain('no delivery was tried')
  })
})

/** The console's requests of the test carry its token; those of a stranger do not. */
const isStranger = ({ headers }: Passing): boolean => headers['authorization'] === undefined

describe('a sentence, and no source left behind, if', () => {
  it.each<[what: string, front: Front, says: RegExp]>([
    [
      'the console answers strangers',
      (worker, passing) => {
        if (worker === 'console' && isStranger(passing))
          passing.headers['authorization'] = `Bearer ${postern.secrets.ADMIN_TOKEN}`
        return undefined
      },
      /^SmokeTestFailed: The console at http:\S+ answered a request without a token with 200\./,
    ],
    [
      'the console does not answer',
      (worker) => (worker === 'console' ? 'none' : undefined),
      /The console at http:\S+ answered a request without a token with nothing/,
    ],
    [
      'the gateway does not answer',
      (worker) => (worker === 'gateway' ? 'none' : undefined),
      /The gateway at http:\S+ was not reached/,
    ],
    [
      'an earlier gateway answers, which does not know the source',
      (worker) => (worker === 'gateway' ? 404 : undefined),
      /A forged delivery got HTTP 404 and not 401/,
    ],
    [
      'the gateway accepts whatever comes',
      (worker) => (worker === 'gateway' ? 200 : undefined),
      /A forged delivery got HTTP 200 and not 401/,
    ],
    [
      'the gateway refuses what is signed',
      (worker) => (worker === 'gateway' ? 401 : undefined),
      /A signed delivery got HTTP 401 and not 200/,
    ],
    [
      'the console refuses its token',
      (worker, passing) => (worker === 'console' && !isStranger(passing) ? 401 : undefined),
      /The console did not do what the test needs/,
    ],
  ])('%s', async (_what, broken, says) => {
    front = broken
    const { end } = await tried()
    expect(end).toMatch(says)
    front = () => undefined
    expect(await sources()).toEqual([])
  })

  it('the source cannot be removed: the next run does it', async () => {
    front = (worker, { method }) => (worker === 'console' && method === 'DELETE' ? 403 : undefined)
    const { end, printed } = await tried()
    expect(end).toBe('passed')
    const [left] = await sources()
    expect(printed).toContain(
      `The source ${left} was not removed. The next run of npm run deploy removes it.`,
    )
    expect((await stored())['quarantine']).toMatchObject([{ source: left }])
    front = () => undefined
    expect((await tried()).end).toBe('passed')
    expect(await sources()).toEqual([])
    expect((await stored())['quarantine']).toEqual([])
  })
})

describe('a consumer that does not consume', () => {
  let idle: Postern
  beforeAll(async () => {
    idle = await startPostern({ queueWaitSeconds: 60 })
  })
  afterAll(() => idle.runtime.close())

  it('is named, and nothing is left behind', async () => {
    const waited = smokeTest(
      {
        gatewayUrl: idle.runtime.url('gateway').origin,
        consoleUrl: idle.runtime.url('console').origin,
        token: idle.secrets.ADMIN_TOKEN,
      },
      {},
      () => undefined,
      { ...PATIENCE, storedWithinMs: 1_000 },
    )
    await expect(waited).rejects.toThrow(
      /A signed delivery was accepted, and not stored within 1 s \(npx postern doctor/,
    )
    expect(namesOf(await idle.console.get('/api/sources'))).toEqual([])
  })
})
