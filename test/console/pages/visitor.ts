/** A minimal browser: keeps cookies, sends Origin with posts, and follows no redirects. */
import { env } from 'cloudflare:workers'
import { ORIGIN, type TestConsole } from '../support.ts'

const HOUR_MS = 3_600_000

export interface Visitor {
  readonly cookies: Map<string, string>
  readonly get: (path: string) => Promise<Response>
  readonly post: (
    path: string,
    fields?: Record<string, string>,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** Logs in, and returns the form token of the dashboard. */
  readonly enter: () => Promise<string>
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
  const get: Visitor['get'] = (path) => send(path, {})
  return {
    cookies,
    get,
    post,
    async enter() {
      // Otherwise the test passes until the fixed date is twelve hours old.
      if (here.clock.nowMs < Date.now() - HOUR_MS)
        throw new Error('the registry ends sessions by the real clock: begin the clock of the test there')
      await post('/login', { token: env.ADMIN_TOKEN })
      return formTokenOf(await (await get('/')).text())
    },
  }
}

/** The form token in the forms of a page; empty if it has none. */
export const formTokenOf = (html: string): string => /name="form_token" value="([^"]*)"/.exec(html)?.[1] ?? ''
