/** Errors of both Workers: they name no software, path or stack, and repeat nothing of the request. */
import type { Answer, Outgoing } from '../http.ts'
import type { Probe } from '../probe.ts'

const MARK = 'assess<script>7351'

const REQUESTS: readonly Outgoing[] = [
  { path: `/${MARK}` },
  { path: `/hooks/${encodeURIComponent(MARK)}`, method: 'POST', body: Buffer.from(MARK) },
  { path: `/login?incident=${encodeURIComponent(MARK)}` },
  {
    path: `/api/sources/${encodeURIComponent(MARK)}`,
    headers: { authorization: `Bearer ${encodeURIComponent(MARK)}` },
  },
  { path: '/api/sources?limit=-1', headers: { authorization: 'Basic Og==' } },
  { path: '/login', method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from('{') },
]

/** Each with a name for the evidence. */
const TELLTALES: readonly (readonly [what: string, form: RegExp])[] = [
  ['a stack', /\n\s+at .+:\d+:\d+/],
  ['the path of a file', /(?:file:\/\/|\/src\/|node_modules|\.ts:\d+)/],
  ['the name of an error', /\b(?:TypeError|ReferenceError|SqliteError|D1_ERROR|SQLITE_[A-Z]+)\b/],
  ['what was sent', new RegExp(MARK)],
]

const TELLING_HEADERS = ['x-powered-by', 'x-aspnet-version', 'x-generator', 'via']

export const errorTexts: Probe = {
  id: 'error-texts',
  title: 'An error says nothing of the software, and repeats nothing of the request.',
  severity: 'low',
  remedy:
    'Let no proxy in front add headers or pages of its own. If Postern wrote it, please report it, see SECURITY.md.',
  needs: 'nothing',
  async *run(world) {
    const bases = [world.gateway, ...(world.console === undefined ? [] : [world.console])]
    for (const base of bases)
      for (const request of REQUESTS) {
        const subject = `${request.method ?? 'GET'} ${base.host}${request.path?.split('?')[0]?.replace(MARK, '…')}`
        for (const evidence of told(await world.send(base, request))) yield { subject, evidence }
      }
  },
}

function* told({ status, headers, text }: Answer): Generator<string> {
  for (const [what, form] of TELLTALES) if (form.test(text)) yield `The answer ${status} has ${what}.`
  for (const name of TELLING_HEADERS) if (headers.has(name)) yield `The answer ${status} has ${name}.`
  if (status >= 500 && status !== 503) yield `The answer is ${status}.`
}
