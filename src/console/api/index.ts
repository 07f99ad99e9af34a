/** The table of all routes under /api, and how it answers. A new noun is a file and a row here. */
import { Hono } from 'hono'
import { forbidden } from '../access/allow.ts'
import { withActor } from '../access/with-actor.ts'
import { accessIdentity, bearerIdentity } from '../access/credential.ts'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { addresses } from './addresses.ts'
import { adminToken } from './admin-token.ts'
import { archive } from './archive.ts'
import { audit } from './audit.ts'
import { backups } from './backups.ts'
import { captures } from './captures.ts'
import { channels } from './channels.ts'
import { containments } from './containments.ts'
import { configuration } from './configuration.ts'
import { counters } from './counters.ts'
import { deliverability } from './deliverability.ts'
import { destinations } from './destinations.ts'
import { deadLetters } from './dead-letters.ts'
import { drills } from './drills.ts'
import { events } from './events.ts'
import { incidents } from './incidents.ts'
import { health } from './health.ts'
import { masterKey } from './master-key.ts'
import { messages } from './messages.ts'
import { openapi } from './openapi.ts'
import { people } from './people.ts'
import { type Problem, problem, problemResponse } from '../../api/problem.ts'
import { policy } from './policy.ts'
import { providers } from './providers.ts'
import { quarantine } from './quarantine.ts'
import { retention } from './retention.ts'
import { refusals } from './refusals.ts'
import type { BoundRoute } from './route.ts'
import { secrets } from './secrets.ts'
import { sessions } from './sessions.ts'
import { signals } from './signals.ts'
import { sources } from './sources.ts'
import { suppressions } from './suppressions.ts'
import { suppressionSync } from './suppression-sync.ts'
import { tokens } from './tokens.ts'
import { backfill } from './backfill.ts'
import { webhooks } from './webhooks.ts'

export const ROUTES: readonly BoundRoute[] = [
  ...sources,
  ...backfill,
  ...webhooks,
  ...providers,
  ...signals,
  ...captures,
  ...destinations,
  ...channels,
  ...configuration,
  ...secrets,
  ...events,
  ...archive,
  ...messages,
  ...people,
  ...suppressions,
  ...suppressionSync,
  ...policy,
  ...addresses,
  ...refusals,
  ...incidents,
  ...containments,
  ...quarantine,
  ...deadLetters,
  ...counters,
  ...deliverability,
  ...health,
  ...audit,
  ...retention,
  ...backups,
  ...drills,
  ...masterKey,
  ...tokens,
  ...sessions,
  ...adminToken,
  ...openapi(() => ROUTES),
]

/** All of /api: the token first, then the route; what is no route is 404 or 405. */
export function api(): Hono<ConsoleHono> {
  const app = new Hono<ConsoleHono>()
  app.use('/api/*', async (c, next) => {
    const refused = await authenticate(c)
    if (refused !== undefined) return answerProblem(c, refused)
    return next()
  })
  for (const one of ROUTES) app.on(one.method, patternOf(one.path), (c) => serve(c, one))
  for (const [path, allow] of allowedMethods()) {
    app.all(patternOf(path), (c) =>
      answerProblem(
        c,
        problem('method_not_allowed', `This path takes ${allow.join(', ')}.`, {
          headers: { allow: allow.join(', ') },
        }),
      ),
    )
  }
  app.all('/api/*', (c) => answerProblem(c, problem('path_unknown', 'There is no such path in the API.')))
  return app
}

/** A problem as the answer, with its code in the log. */
export function answerProblem(c: ConsoleContext, refused: Problem): Response {
  c.set('code', refused.code)
  return problemResponse(refused, c.get('requestId'))
}

async function serve(c: ConsoleContext, one: BoundRoute): Promise<Response> {
  c.set('handler', one.id)
  const refused = forbidden(one, c.req.param(), c.get('context').actor)
  if (refused !== undefined) return answerProblem(c, refused)
  const answered = await one.handle(
    { params: c.req.param(), query: new URL(c.req.url).searchParams, request: c.req.raw },
    c.get('context'),
  )
  if (!answered.ok) return answerProblem(c, answered)
  const { status, headers } = answered
  if ('stream' in answered) return new Response(answered.stream, { status, headers })
  if ('text' in answered) return new Response(answered.text, { status, headers })
  return 'json' in answered
    ? Response.json(answered.json, { status, headers })
    : new Response(null, { status, headers })
}

/** Makes the request that of whoever its credential belongs to: a token where one is sent, else what Access says. */
async function authenticate(c: ConsoleContext): Promise<Problem | undefined> {
  const authorization = c.req.header('authorization')
  const identity =
    authorization === undefined ? await accessIdentity(c) : await bearerIdentity(c, authorization)
  if ('ok' in identity) return identity
  withActor(c, identity)
  return undefined
}

/** Fixed paths first: `/api/dead-letters/redrive` is not a dead letter of that name. */
function allowedMethods(): [path: string, methods: string[]][] {
  const byPath = Map.groupBy(ROUTES, ({ path }) => path)
  return [...byPath]
    .map(([path, ones]): [string, string[]] => [
      path,
      ones.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    ])
    .sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))
}

/** `{name}` as the router writes it. */
const patternOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')
