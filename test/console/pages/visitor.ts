/** A minimal browser: keeps cookies, sends Origin with posts, and follows no redirects. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Role } from '../../../src/registry/operators/operator.ts'
import { holder } from '../credentials.ts'
import { ORIGIN, type TestConsole } from '../support.ts'

const HOUR_MS = 3_600_000

export interface Visitor {
  readonly cookies: Map<string, string>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
  /** Body of a page. */
  readonly html: (path: string) => Promise<string>
  readonly text: (path: string) => Promise<string>
  readonly post: (
    path: string,
    fields?: Record<string, string> | URLSearchParams,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** Logs in, and returns the form token of the dashboard. */
  readonly enter: (token?: string) => Promise<string>
}

/** @param always headers that a proxy adds to each request */
export function visitor(here: TestConsole, origin = ORIGIN, always: Record<string, string> = {}): Visitor {
  const cookies = new Map<string, string>()
  async function send(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
  ): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...always, ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const response = await here.fetch(`${origin}${path}`, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = pair.split('=')
      if (/Max-Age=0(;|$)/.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const post: Visitor['post'] = (path, fields = {}, headers = {}) =>
    send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  const get: Visitor['get'] = (path, headers = {}) => send(path, { headers })
  const html: Visitor['html'] = async (path) => (await get(path)).text()
  return {
    cookies,
    get,
    html,
    text: async (path) => textOf(await html(path)),
    post,
    async enter(token = env.ADMIN_TOKEN) {
      // Otherwise the test passes until the fixed date is twelve hours old.
      if (here.clock.nowMs < Date.now() - HOUR_MS)
        throw new Error('the registry ends sessions by the real clock: begin the clock of the test there')
      expect((await post('/login', { token })).headers.get('location')).toBe('/')
      return formTokenOf(await html('/'))
    },
  }
}

/** A visitor who is logged in with a token of that role. */
export async function logIn(here: TestConsole, role: Role, sources?: readonly string[]) {
  const { id, token } = await holder(here, role, sources)
  const someone = visitor(here)
  return { id, token, someone, form_token: await someone.enter(token) }
}

/** The same cookies in another browser, as if stolen, or at another console. */
export function copyOf(someone: Visitor, here: TestConsole): Visitor {
  const other = visitor(here)
  for (const [name, value] of someone.cookies) other.cookies.set(name, value)
  return other
}

/** The form token in the forms of a page; empty if it has none. */
export const formTokenOf = (html: string): string => /name="form_token" value="([^"]*)"/.exec(html)?.[1] ?? ''

/** Without tags, and with single spaces. */
export const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

/** The latest line of the audit log. */
export async function lastLine(here: TestConsole): Promise<unknown> {
  const { json } = await here.api('GET', '/api/audit?limit=1')
  return (json['entries'] as unknown[])[0]
}
