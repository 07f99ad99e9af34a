/** Answers of the deployed gateway and console to the test after a deployment, in few lines. */
import { createHash, createHmac } from 'node:crypto'
import type { FakeAccount } from './account.ts'

export interface Asked {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: Headers
  readonly body: Buffer
}

export interface Answered {
  readonly status: number
  readonly body: unknown
}

/** @param host `postern-gateway-staging.acme.workers.dev`, or a custom domain */
export function standIn(account: FakeAccount, asked: Asked): Answered {
  const worker =
    account.domains.find(({ hostname }) => hostname === asked.host)?.service ?? asked.host.split('.')[0]
  const script = account.scripts.get(worker ?? '')
  if (script === undefined) return { status: 404, body: null }
  return asked.path.startsWith('/hooks/')
    ? { status: gateway(account, asked), body: null }
    : console(account, asked, script.secrets.get('ADMIN_TOKEN'), worker ?? '')
}

function gateway(account: FakeAccount, { path, headers, body }: Asked): number {
  const source = account.sources.get(path.split('/')[2] ?? '')
  if (source === undefined) return 404
  const signed = Buffer.concat([Buffer.from(`${headers.get('x-webhook-timestamp')}.`), body])
  const expected = `sha256=${createHmac('sha256', source.key).update(signed).digest('hex')}`
  if (headers.get('x-webhook-signature') !== expected) return 401
  source.quarantined.push({ id: 'quarantined' })
  return 200
}

function console(
  account: FakeAccount,
  { method, path, headers, body }: Asked,
  token: string | undefined,
  worker: string,
): Answered {
  if (headers.get('authorization') !== `Bearer ${token}`)
    return {
      status: 401,
      body: { code: headers.has('authorization') ? 'token_wrong' : 'token_missing', detail: 'No.' },
    }
  const url = new URL(path, 'https://console.example')
  if (url.pathname === '/api/health')
    return { status: 200, body: { master_keys: keyStates(account, worker) } }
  if (url.pathname === '/api/master-key')
    return { status: 200, body: { still_needed: stillNeeded(account, worker) } }
  if (url.pathname === '/api/master-key/reseal') {
    account.storedUnder = keysOf(account, worker, 'gateway')[0]
    return { status: 200, body: { resealed: 1, broken: 0, cursor: null } }
  }
  const name = url.pathname.split('/')[3] ?? ''
  if (url.pathname === '/api/events') return { status: 200, body: { events: [] } }
  if (url.pathname.startsWith('/api/quarantine')) {
    const source = account.sources.get(url.searchParams.get('source') ?? '')
    return { status: 200, body: { quarantine: source?.quarantined ?? [], next_cursor: null } }
  }
  if (name === '')
    return {
      status: 200,
      body: {
        sources: [...account.sources].map(([key, { deployCheck }]) => ({ name: key, deployCheck })),
        next_cursor: null,
      },
    }
  if (method === 'DELETE') account.sources.delete(name)
  else {
    const { secrets, deployCheck } = JSON.parse(body.toString('utf8')) as {
      secrets: { hmac: string }
      deployCheck: boolean
    }
    account.sources.set(name, { key: secrets.hmac, deployCheck, quarantined: [] })
  }
  return { status: method === 'DELETE' ? 204 : 201, body: {} }
}

/** Marks of the master keys of a Worker beside the console. */
export const keysOf = (account: FakeAccount, console: string, worker: string): string[] => {
  const text = account.scripts.get(console.replace('console', worker))?.secrets.get('MASTER_KEY') ?? ''
  return text.split(',').map((part) => {
    const [version = '', base64 = ''] = part.split(':')
    const hash = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')
    return `${version}:${hash.slice(0, 8)}`
  })
}

const keyStates = (account: FakeAccount, own: string) =>
  ['gateway', 'consumer', 'console'].map((worker) => {
    const keys = keysOf(account, own, worker)
    const { storedUnder } = account
    return {
      worker,
      keys,
      unreadable: storedUnder === undefined || keys.includes(storedUnder) ? [] : ['secrets'],
    }
  })

const stillNeeded = (account: FakeAccount, own: string): number[] =>
  keysOf(account, own, 'gateway')
    .slice(1)
    .filter((mark) => mark === account.storedUnder)
    .map((mark) => Number(/\d+/.exec(mark)?.[0]))
