/** `--web`: the page of the console that shows what a command shows. */
import type { AnyCall } from '../api/client.ts'
import type { AnyRoute } from '../api/route.ts'

interface WebPage {
  /** With the parameters of the route in braces. */
  readonly path: string
  /** Parameters of the page's address by those of the route. An address of a person is none of them. */
  readonly query?: Readonly<Record<string, string>>
}

/** By the path of the route. */
export const WEB_PAGES: Readonly<Record<string, WebPage>> = {
  '/api/events': {
    path: '/events',
    query: {
      source: 'source',
      type: 'type',
      message_id: 'message',
      request_id: 'request',
      since: 'from',
      until: 'to',
    },
  },
  '/api/events/{id}': { path: '/events/{id}' },
  '/api/sources': { path: '/sources' },
  '/api/sources/{name}': { path: '/sources/{name}' },
  '/api/sources/{name}/signals': { path: '/sources/{name}/signals' },
  '/api/destinations': { path: '/destinations' },
  '/api/destinations/{name}': { path: '/destinations/{name}' },
  '/api/channels': { path: '/channels' },
  '/api/channels/{name}': { path: '/channels/{name}' },
  '/api/incidents': { path: '/incidents', query: { state: 'state', severity: 'severity', source: 'source' } },
  '/api/incidents/{number}': { path: '/incidents/{number}' },
  '/api/refusals': { path: '/refusals', query: { source: 'source', code: 'code' } },
  '/api/suppressions': { path: '/suppressions' },
  '/api/quarantine': { path: '/quarantine', query: { source: 'source' } },
  '/api/quarantine/{id}': { path: '/quarantine/{id}' },
  '/api/dead-letters': { path: '/dead-letters' },
  '/api/tokens': { path: '/access' },
  '/api/sessions': { path: '/access' },
}

export const hasPage = ({ method, path }: AnyRoute): boolean =>
  method === 'GET' && Object.hasOwn(WEB_PAGES, path)

/** The address of the page. @throws {RangeError} if the route has none */
export function pageOf({ path }: AnyRoute, { params = {}, query = {} }: AnyCall, console: URL): URL {
  const page = WEB_PAGES[path]
  if (page === undefined) throw new RangeError(`${path} has no page`)
  const named = page.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  )
  const url = new URL(named, console)
  for (const [name, to] of Object.entries(page.query ?? {})) {
    const value = query[name]
    if (value !== undefined) url.searchParams.set(to, String(value))
  }
  return url
}
