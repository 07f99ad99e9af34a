/** `postern listen`: against the real Workers, and against a console whose stream breaks off. */
import { type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nowSeconds, type Postern, simulated, startPostern, until } from '../e2e/postern.ts'
import { type Ran, run } from './run.ts'

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

interface Listening {
  readonly out: () => string
  readonly notes: () => string
  /** Ends the command as Ctrl-C does. */
  readonly end: () => Promise<Ran>
  readonly ran: Promise<Ran>
}

function listen(args: readonly string[], environment: Record<string, string>): Listening {
  const ended = new AbortController()
  let out = ''
  const notes: string[] = []
  const ran = run(['listen', ...args], '', environment, {
    endedByPerson: () => ended.signal,
    print: (output) => void (out += `${String(output)}\n`),
    person: { note: (line) => void notes.push(line) },
  })
  return {
    out: () => out,
    notes: () => notes.join('\n'),
    ran,
    end() {
      ended.abort()
      return ran
    },
  }
}

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An application that verifies with the official library. It answers 204 to what is genuine. */
async function application(secret: string) {
  const accepted: { readonly type: string; readonly data: { readonly id: string } }[] = []
  const url = await serve(
    createServer((message, response) => {
      void message.toArray().then((parts: Buffer[]) => {
        try {
          const headers = message.headers as Record<string, string>
          accepted.push(
            new Webhook(secret).verify(Buffer.concat(parts), headers) as (typeof accepted)[number],
          )
          response.writeHead(204).end()
        } catch {
          response.writeHead(401).end()
        }
      })
    }),
  )
  return { url: `${url}/email-events`, accepted }
}

describe('listen, with the real console', () => {
  let postern: Postern
  let environment: Record<string, string>
  let deliver: (kind?: 'email.delivered' | 'email.opened') => Promise<void>
  beforeAll(async () => {
    postern = await startPostern()
    environment = {
      POSTERN_URL: postern.runtime.url('console').href,
      POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN,
    }
    const shop = await postern.source('generic', 'shop')
    deliver = async (kind = 'email.delivered') => {
      await shop.deliver(await shop.account.deliver([simulated({ kind })], nowSeconds()))
    }
  }, 120_000)
  afterAll(() => postern.runtime.close())

  let streams = 0
  /** Waits until so many more streams are open: from then on they get whatever is stored. */
  const opened = async (more = 1) => {
    streams += more
    await until(async () => postern.logs.filter((line) => line.includes('streamEvents')).length >= streams)
  }

  it('posts each event, signed with the secret that it prints, until Ctrl-C', async () => {
    const probe = listen(['--forward-to', 'http://127.0.0.1:9/'], environment)
    await opened()
    await probe.end()
    expect(probe.notes()).toMatch(/Signing secret: whsec_[A-Za-z0-9+/]{43}=/)

    const app = await application(SECRET)
    const withSecret = { ...environment, POSTERN_LISTEN_SECRET: SECRET }
    const listening = listen(['--forward-to', app.url, '--types', 'email.delivered'], withSecret)
    await opened()
    await deliver()
    await deliver('email.opened')
    await deliver()
    await until(async () => listening.out().split('\n').length > 2)
    const { code } = await listening.end()
    expect(code).toBe(0)
    expect(app.accepted.map(({ type }) => type)).toEqual(['email.delivered', 'email.delivered'])
    expect(app.accepted[0]?.data).not.toHaveProperty('security')
    expect(listening.out()).toMatch(
      /^\d\d:\d\d:\d\d {2}shop {2}email\.delivered {2}person\.\d+@example\.com {2}204 in \d+ ms\n/,
    )
    expect(listening.notes()).toContain('Events: 2. Accepted: 2. Failed: 0.')
    expect(listening.notes()).not.toContain('whsec_')
  })

  it('shows events without posting them, whole or as JSON', async () => {
    const whole = listen(['--print'], environment)
    const programs = listen(['--json', '--source', 'shop'], environment)
    await opened(2)
    await deliver()
    await until(async () => whole.out() !== '' && programs.out() !== '')
    await whole.end()
    await programs.end()
    expect(whole.out()).toContain('"provider": "generic"')
    expect(JSON.parse(programs.out())).toMatchObject({ event: { source: 'shop' }, forwarded: null })
    expect(programs.notes()).toContain('Events: 1.')
  })

  it('says that nothing listens, and that an application refused', async () => {
    const app = await application(`whsec_${Buffer.alloc(32, 6).toString('base64')}`)
    const refused = listen(['--forward-to', app.url], environment)
    const nobody = listen(['--forward-to', 'http://127.0.0.1:9/'], environment)
    await opened(2)
    await deliver()
    await until(async () => refused.out() !== '' && nobody.out() !== '')
    await refused.end()
    await nobody.end()
    expect(refused.out()).toMatch(/ {2}401 in \d+ ms\n/)
    expect(nobody.out()).toMatch(/ {2}(?:nothing listens there|the connection failed.*) in \d+ ms\n/)
    expect(refused.notes()).toContain('Events: 1. Accepted: 0. Failed: 1.')
  })
})

describe('listen, when the stream breaks off', () => {
  const event = (nr: number) =>
    JSON.stringify({
      id: String(nr),
      type: 'email.sent',
      source: 'shop',
      recipient: 'ada@example.com',
      occurred_at: null,
      received_at: '2026-11-27T05:00:00.000Z',
    })
  const message = (nr: number) => `id: place-${nr}\nevent: email.sent\ndata: ${event(nr)}\n\n`
  const POSITION = 'id: place-0\nevent: position\ndata: {}\n\n'

  /** A console that answers its n-th stream by the n-th of these. */
  async function consoleWith(...streams: readonly ((response: ServerResponse) => void)[]) {
    const lastIds: (string | undefined)[] = []
    const url = await serve(
      createServer((request, response) => {
        const answer = streams[lastIds.length]
        lastIds.push(request.headers['last-event-id'] as string | undefined)
        if (answer === undefined) response.writeHead(503).end()
        else answer(response)
      }),
    )
    return { environment: { POSTERN_URL: url, POSTERN_TOKEN: 'x' }, lastIds }
  }
  const stream = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' })

  it('goes on after the last event that it has handled', async () => {
    const { environment, lastIds } = await consoleWith(
      (response) => {
        stream(response).write(POSITION + message(1))
        // In the middle of the second event.
        response.write(message(2).slice(0, 30), () => response.destroy())
      },
      (response) => void stream(response).end(message(2)),
      (response) => void stream(response).write(`: heartbeat\r\n\r\n${message(3)}`),
    )
    const listening = listen(['--json'], environment)
    await until(async () => listening.out().split('\n').length > 3)
    await listening.end()
    const ids = listening
      .out()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: { id: string } }).event.id)
    expect(ids).toEqual(['1', '2', '3'])
    expect(lastIds).toEqual([undefined, 'place-1', 'place-2'])
    expect(listening.notes()).toContain('no event is skipped')
  })

  it('ends with what the console says, once it refuses', async () => {
    const { environment } = await consoleWith(
      (response) => void stream(response).end(POSITION),
      (response) => {
        response.writeHead(401, { 'content-type': 'application/problem+json' })
        response.end(JSON.stringify({ code: 'token_revoked', detail: 'x' }))
      },
    )
    expect(await listen([], environment).ran).toMatchObject({ code: 3 })
  })

  it('ends at once if no console was ever there', async () => {
    const ran = await listen([], { POSTERN_URL: 'http://127.0.0.1:9', POSTERN_TOKEN: 'x' }).ran
    expect(ran.code).toBe(3)
  })

  it('ends if what answers is no console', async () => {
    const { environment } = await consoleWith((response) => void stream(response).end('data: hello\n\n'))
    expect(await listen([], environment).ran).toMatchObject({
      code: 3,
      complaints: expect.stringContaining('no Postern console'),
    })
  })
})

describe('listen', () => {
  const environment = { POSTERN_URL: 'http://127.0.0.1:9', POSTERN_TOKEN: 'x' }

  it.each<[string[], Record<string, string>, RegExp]>([
    [['--forward-to', 'nonsense'], {}, /takes a URL/],
    [['--forward-to', 'http://app.example.com/'], {}, /with http to this machine/],
    [['--forward-to', 'ftp://localhost/'], {}, /takes a URL/],
    [['--forward-to', 'http://localhost/'], { POSTERN_LISTEN_SECRET: 'whsec_c2hvcnQ=' }, /24 to 64 bytes/],
    [['--forward-to', 'http://localhost/'], { POSTERN_LISTEN_SECRET: 'hunter2' }, /must be whsec_/],
    [['--types', ','], {}, /separated by commas/],
  ])('%j %j is a usage error', async (args, more, words) => {
    const { code, complaints } = await run(['listen', ...args], '', { ...environment, ...more })
    expect(code).toBe(2)
    expect(complaints).toMatch(words)
    expect(complaints).not.toContain('hunter2')
  })
})
