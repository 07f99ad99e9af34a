/** What the deployed gateway and console answer to the test after a deployment, in few lines. */
import { createHmac } from 'node:crypto'
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
    : console(account, asked, script.secrets.get('ADMIN_TOKEN'))
}

function gateway(account: FakeAccount, { path, headers, body }: Asked): number {
  const source = account.sources.get(path.split('/')[2] ?? '')
  if (source === undefined) return 404
  const signed = Buffer.concat([Buffer.from(`${headers.get('x-webhook-timestamp')}.`), body])
  const expected = `sha256=${createHmac('sha256', source.key).update(signed).digest('hex')}`
  if (headers.get('x-webhook-signature') !== expected) return 401
  source.events.push({})
  return 200
}

function console(
  account: FakeAccount,
  { method, path, headers, body }: Asked,
  token: string | undefined,
): Answered {
  if (headers.get('authorization') !== `Bearer ${token}`)
    return {
      status: 401,
      body: { code: headers.has('authorization') ? 'token_wrong' : 'token_missing', detail: 'No.' },
    }
  const url = new URL(path, 'https://console.example')
  const name = url.pathname.split('/')[3] ?? ''
  if (url.pathname === '/api/events')
    return {
      status: 200,
      body: { events: account.sources.get(url.searchParams.get('source') ?? '')?.events ?? [] },
    }
  if (name === '')
    return {
      status: 200,
      body: { sources: [...account.sources.keys()].map((key) => ({ name: key })), next_cursor: null },
    }
  if (method === 'DELETE') account.sources.delete(name)
  else {
    const { secrets } = JSON.parse(body.toString('utf8')) as { secrets: { hmac: string } }
    account.sources.set(name, { key: secrets.hmac, events: [] })
  }
  return { status: method === 'DELETE' ? 204 : 201, body: {} }
}
