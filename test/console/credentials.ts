/** Callers for tests, with tokens from the API. */
import { env } from 'cloudflare:workers'
import type { Role } from '../../src/registry/operators/operator.ts'
import { type TestConsole, bodyText } from './support.ts'

export interface Holder {
  readonly id: string
  readonly token: string
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ readonly status: number; readonly json: Record<string, unknown> }>
}

/** Sends with a token. An answer is JSON or empty. */
export const sending =
  (here: TestConsole, token: string): Holder['send'] =>
  async (method, path, body, headers = {}) => {
    const response = await here.fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await bodyText(response)
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, json: isJson && text !== '' ? JSON.parse(text) : { text } }
  }

/** Creates the sources that do not exist yet. */
export async function ensureSources(here: TestConsole, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { status } = await here.api('GET', `/api/sources/${name}`)
    const secrets = { hmac: 'secret-of-the-source-of-a-token' }
    if (status === 404) await here.api('PUT', `/api/sources/${name}`, { provider: 'generic', secrets })
  }
}

/** A new token. @param sources the only sources that it may see */
export async function holder(here: TestConsole, role: Role, sources?: readonly string[]): Promise<Holder> {
  await ensureSources(here, sources ?? [])
  const wanted = { name: `${role} of the test`, role, ...(sources === undefined ? {} : { sources }) }
  // Events of tests are often older than their sources.
  const because = { 'x-reason': 'a test' }
  const { status, json } = await sending(here, env.ADMIN_TOKEN)('POST', '/api/tokens', wanted, because)
  if (status !== 201) throw new Error(`no token: ${JSON.stringify(json)}`)
  const token = String(json['token'])
  return { id: String(json['id']), token, send: sending(here, token) }
}
