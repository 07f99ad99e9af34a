/** Turns a problem that the API answered into the error that ends a command. */
import { visibleText } from '../../platform/visible.ts'
import { Stop } from '../stop.ts'
import type { Exit } from '../exits.ts'

interface ProblemBody {
  readonly code?: unknown
  readonly detail?: unknown
  readonly title?: unknown
  readonly request_id?: unknown
  readonly problems?: unknown
}

/** Statuses for which the CLI knows better than the API what to do. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'The token is not accepted: run postern login, or set POSTERN_TOKEN.',
  403: 'This token may not do that: its role or its sources do not cover it.',
}

/** Where the API names a header or a field, and a command has an option for it. */
const IN_OPTIONS: Readonly<Record<string, string>> = {
  not_empty:
    'Sources, destinations or channels exist already. Nothing was changed. To remove them, add --replace.',
  reason_needed: 'Say why with --reason: it is kept in the audit log.',
}

export async function problemStop(answer: Response): Promise<Stop> {
  const body = await bodyOf(answer)
  const exit = exitOf(answer.status)
  if (body === undefined) {
    const where =
      answer.status >= 300 && answer.status < 400
        ? ' (a redirect: if Cloudflare Access protects it, set CLOUDFLARE_ACCESS_CLIENT_ID and _SECRET)'
        : ''
    const message =
      ADVICE[answer.status] ?? `The answer was ${answer.status}${where}, in a form that Postern does not use.`
    return new Stop(exit === 'no' ? 'denied' : exit, `http_${answer.status}`, message)
  }
  const detail = textOf(body.detail) ?? textOf(body.title) ?? `The answer was ${answer.status}.`
  const code = textOf(body.code) ?? `http_${answer.status}`
  const message = ADVICE[answer.status] ?? IN_OPTIONS[code] ?? detail
  const more = Array.isArray(body.problems) ? body.problems.flatMap(lineOf) : []
  const id = answer.status >= 500 ? textOf(body.request_id) : undefined
  const all = id === undefined ? more : [...more, `The log has it under ${id}.`]
  return new Stop(exit, code, message, all)
}

function exitOf(status: number): Exit {
  if (status === 401 || status === 403) return 'denied'
  if (status === 400) return 'usage'
  return status === 429 || status >= 500 ? 'failed' : 'no'
}

async function bodyOf(answer: Response): Promise<ProblemBody | undefined> {
  if (!/json/.test(answer.headers.get('content-type') ?? '')) {
    await answer.body?.cancel()
    return undefined
  }
  const body = await answer.json<unknown>().catch(() => undefined)
  return typeof body === 'object' && body !== null ? body : undefined
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? visibleText(value, 500) : undefined

function lineOf(one: unknown): string[] {
  const { path, problem } = (one ?? {}) as { path?: unknown; problem?: unknown }
  const sentence = textOf(problem)
  return sentence === undefined ? [] : [`${textOf(path) ?? 'document'}: ${sentence}`]
}
