/** One route as an operation of the document. */
import { isScoped } from '../../access/allow.ts'
import { type ProblemCode, statusOf, titleOf } from '../../../api/problem.ts'
import type { BoundRoute } from '../route.ts'
import type { Answered, Operation, Parameter } from './form.ts'
import { headerParameters, responseHeaders } from './headers.ts'
import { PROBLEM, schemaOf } from './schemas.ts'
import { tagOf } from './tags.ts'

export function operationOf(one: BoundRoute): Operation {
  const shown = one.shownBody ?? one.body
  return {
    operationId: one.id,
    summary: one.summary,
    description: descriptionOf(one),
    tags: [tagOf(one)],
    'x-role': one.role,
    'x-scoped': isScoped(one),
    parameters: [...pathParameters(one), ...queryParameters(one), ...headerParameters(one)],
    ...(shown === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: schemaOf(shown, 'input'),
                ...exampleOf(one),
              },
            },
          },
        }),
    responses: { ...successes(one), ...notModified(one), ...problems(one) },
  }
}

const exampleOf = ({ example }: BoundRoute) => (example === undefined ? {} : { example })

const descriptionOf = (one: BoundRoute): string =>
  [
    `Requires the role ${one.role}${isScoped(one) ? '' : ' and a token for all sources'}.`,
    ...(one.isDangerous !== undefined ? ['A call that cannot be undone needs a reason.'] : []),
    ...(one.again === undefined ? [] : [`If it is sent again: ${lowered(one.again)}`]),
  ].join(' ')

const lowered = (sentence: string): string => `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`

const pathParameters = ({ params = {} }: BoundRoute): Parameter[] =>
  Object.entries(params).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }))

function queryParameters({ query }: BoundRoute): Parameter[] {
  if (query === undefined) return []
  // The output form describes the values; the input form says which are required.
  const { properties = {} } = schemaOf(query, 'output')
  const { required = [] } = schemaOf(query, 'input')
  return Object.entries(properties).map(([name, property]) => {
    const { description = '', ...schema } = typeof property === 'boolean' ? {} : property
    return { name, in: 'query', required: required.includes(name), description, schema }
  })
}

const successes = (one: BoundRoute): Record<string, Answered> =>
  Object.fromEntries(
    (one.statuses ?? [200]).map((status) => [
      String(status),
      {
        description: DONE[status] ?? 'Done.',
        headers: responseHeaders(one, status),
        content: {
          ...(one.writes === undefined ? {} : { [one.writes]: { schema: { type: 'string' } } }),
          [contentTypeOf(one)]: { schema: schemaOf(one.answer, 'output') },
        },
      },
    ]),
  )

const DONE: Readonly<Record<number, string>> = { 201: 'Made.', 206: 'A part of the file.' }

const contentTypeOf = ({ bytes, streams }: BoundRoute): string =>
  bytes ?? (streams === true ? 'text/event-stream' : 'application/json')

const notModified = (one: BoundRoute): Record<string, Answered> =>
  one.conditional === true && one.method === 'GET'
    ? { '304': { description: 'You have this version.', headers: responseHeaders(one, 304) } }
    : {}

const EVERY_ROUTE: readonly ProblemCode[] = [
  'token_missing',
  'token_wrong',
  'token_expired',
  'token_revoked',
  'role_too_low',
  'scope_too_narrow',
  'too_many_attempts',
  'parameter_invalid',
  'fault',
  'interrupted',
  'store_unavailable',
  'bucket_unavailable',
  'not_set_up',
]
const WITH_BODY: readonly ProblemCode[] = ['body_malformed', 'body_too_large', 'body_type_unsupported']
const WITH_CHECKED_BODY: readonly ProblemCode[] = ['body_invalid']
const CONDITIONAL: readonly ProblemCode[] = ['condition_malformed', 'version_conflict']
const ON_POST: readonly ProblemCode[] = [
  'idempotency_key_malformed',
  'idempotency_key_reused',
  'idempotency_in_progress',
]

/** Every problem that a route may answer with, its own and those that come with its kind. */
export const codesOf = ({
  method,
  body,
  shownBody,
  conditional,
  isDangerous,
  keepsAnswer,
  problems = [],
}: BoundRoute) => [
  ...new Set<ProblemCode>([
    ...EVERY_ROUTE,
    ...(body === undefined ? [] : WITH_BODY),
    ...(body === undefined || shownBody !== undefined ? [] : WITH_CHECKED_BODY),
    ...(conditional === true ? CONDITIONAL : []),
    ...(isDangerous !== undefined ? (['reason_needed'] as const) : []),
    ...(method === 'POST' && keepsAnswer !== false ? ON_POST : []),
    ...problems,
  ]),
]

function problems(one: BoundRoute): Record<string, Answered> {
  const byStatus = Map.groupBy(codesOf(one), statusOf)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `${titleOf(code)} (\`${code}\`)`).join('; '),
        headers: responseHeaders(one, status),
        content: { 'application/problem+json': { schema: PROBLEM } },
        'x-codes': codes,
      },
    ]),
  )
}
