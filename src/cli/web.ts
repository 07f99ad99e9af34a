/** `--web`: the page of the console that shows what a command shows. */
import type { AnyCall } from '../api/client.ts'
import type { AnyRoute } from '../api/route.ts'

/** Pages by the path of the route. Both have the parameters of the path in braces. */
export const WEB_PAGES: Readonly<Record<string, string>> = {
  '/api/events': '/activity?show=accepted',
  '/api/events/{id}': '/d/{id}',
  '/api/sources': '/sources',
  '/api/sources/{name}': '/sources/{name}',
  '/api/sources/{name}/signals': '/sources/{name}',
  '/api/destinations': '/destinations',
  '/api/destinations/{name}': '/destinations/{name}',
  '/api/destinations/{name}/attempts': '/destinations/{name}',
  '/api/destinations/{name}/waiting': '/destinations/{name}?show=waiting',
  '/api/destinations/{name}/given-up': '/destinations/{name}?show=given-up',
  '/api/channels': '/channels',
  '/api/channels/{name}': '/channels/{name}',
  '/api/incidents': '/incidents',
  '/api/incidents/{number}': '/incidents/{number}',
  '/api/refusals': '/activity?show=refused',
  '/api/refusals/{request_id}': '/d/{request_id}',
  '/api/suppressions': '/suppressions',
  '/api/people/erasures': '/erasures',
  '/api/quarantine': '/activity?show=quarantined',
  '/api/quarantine/{id}': '/d/{id}',
  '/api/dead-letters': '/activity?show=gave-up',
  '/api/tokens': '/access',
  '/api/sessions': '/access',
  '/api/audit': '/access/audit',
  '/api/backups': '/backups',
  '/api/retention': '/retention/settings',
}

/** Parameters of a page's address by those of the route. A person is none of them: an address never stands in a URL. */
const PARAMETERS: Readonly<Record<string, string>> = {
  source: 'source',
  type: 'types',
  types: 'types',
  bounce_type: 'bounce',
  tag: 'tag',
  mailbox_provider: 'mailbox',
  network: 'network',
  state: 'state',
  severity: 'severity',
  code: 'code',
  reason: 'reason',
  scope: 'scope',
  problem: 'problem',
  outcome: 'outcome',
  action: 'action',
  target: 'target',
  message_id: 'message',
  request_id: 'request',
  campaign_id: 'campaign',
  event_id: 'event_id',
  since: 'from',
  until: 'to',
}

export const hasPage = ({ method, path }: AnyRoute): boolean =>
  method === 'GET' && Object.hasOwn(WEB_PAGES, path)

/** The address of the page. @throws {RangeError} if the route has none */
export function pageOf({ path }: AnyRoute, { params = {}, query = {} }: AnyCall, console: URL): URL {
  const page = WEB_PAGES[path]
  if (page === undefined) throw new RangeError(`${path} has no page`)
  const named = page.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  )
  const url = new URL(named, console)
  for (const [name, to] of Object.entries(PARAMETERS)) {
    const value = query[name]
    if (value !== undefined) url.searchParams.set(to, String(value))
  }
  return url
}
