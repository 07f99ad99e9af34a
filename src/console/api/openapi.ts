/** The OpenAPI 3.1 document, made of the table of routes and the same schemas that check what comes in. */
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { SourceDocumentSchema } from '../../registry/document.ts'
import { EventAnswer } from './events.ts'
import { isAboutOneSource } from '../access/allow.ts'
import { type ProblemCode, statusOf, titleOf } from './problem.ts'
import { type Route, answer, route } from './route.ts'

const ProblemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: v.pipe(v.string(), v.description('Stable; what programs look at.')),
  request_id: v.string(),
  problems: v.optional(v.array(v.object({ path: v.string(), problem: v.string() }))),
})

/** Schemas that have a name in the document. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  MailEvent: EventAnswer,
  SourceDocument: SourceDocumentSchema,
  Problem: ProblemSchema,
}

const EVERY_ROUTE: readonly ProblemCode[] = [
  'token_missing',
  'token_wrong',
  'token_expired',
  'token_revoked',
  'role_too_low',
  'scope_too_narrow',
  'too_many_attempts',
  'fault',
]
const WITH_QUERY: readonly ProblemCode[] = ['parameter_invalid']
const WITH_BODY: readonly ProblemCode[] = ['body_malformed', 'body_too_large']
const WITH_CHECKED_BODY: readonly ProblemCode[] = ['body_invalid']

/** The route that serves the document; the document holds this route, too. */
export const openapi = (routes: () => readonly Route[]): Route =>
  route({
    method: 'GET',
    path: '/api/openapi.json',
    id: 'getOpenApi',
    summary: 'This document.',
    role: 'viewer',
    scoped: true,
    answer: v.looseObject({ openapi: v.string() }),
    handler: async () => answer(documentOf(routes())),
  })

/** The document of a table of routes. */
export function documentOf(routes: readonly Route[]) {
  const paths = Map.groupBy(routes, ({ path }) => path)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern console',
      version: '1',
      description:
        'Sources, events, suppressions and what was refused, kept aside or given up on. Every answer names its request in ' +
        'x-request-id; problems are RFC 9457 documents with a stable code.',
    },
    security: [{ token: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, ones]) => [
        path,
        Object.fromEntries(ones.map((one) => [one.method.toLowerCase(), operationOf(one)])),
      ]),
    ),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(
        Object.entries(NAMED).map(([name, schema]) => [name, schemaOf(schema, 'input', name)]),
      ),
    },
  }
}

function operationOf(one: Route) {
  const shown = one.shownBody ?? one.body
  return {
    operationId: one.id,
    summary: one.summary,
    tags: [one.path.split('/')[2]?.replace('.json', '')],
    'x-role': one.role,
    'x-scoped': one.scoped === true || isAboutOneSource(one),
    parameters: [...pathParameters(one), ...queryParameters(one)],
    ...(shown === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(shown, 'input') } },
          },
        }),
    responses: { ...successes(one), ...problems(one) },
  }
}

const pathParameters = ({ params = {} }: Route) =>
  Object.entries(params).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }))

function queryParameters({ query }: Route) {
  if (query === undefined) return []
  // What is taken is described by its checked form; what must be there, by the form that it comes in.
  const { properties = {} } = schemaOf(query, 'output')
  const { required = [] } = schemaOf(query, 'input')
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

const successes = ({ statuses = [200], answer: schema, summary }: Route) =>
  Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { description: summary, content: { 'application/json': { schema: schemaOf(schema, 'output') } } },
    ]),
  )

function problems({ query, body, shownBody, problems: own = [] }: Route) {
  const codes = [
    ...EVERY_ROUTE,
    ...(query === undefined ? [] : WITH_QUERY),
    ...(body === undefined ? [] : WITH_BODY),
    ...(body === undefined || shownBody !== undefined ? [] : WITH_CHECKED_BODY),
    ...own,
  ]
  const byStatus = Map.groupBy(codes, statusOf)
  return Object.fromEntries(
    [...byStatus].map(([status, ones]) => [
      String(status),
      {
        description: ones.map((code) => `${titleOf(code)} (\`${code}\`)`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

/** @param name of the schema itself, which must not refer to itself */
function schemaOf(schema: v.GenericSchema, typeMode: 'input' | 'output', name?: string): JsonSchema {
  const definitions = Object.fromEntries(Object.entries(NAMED).filter(([known]) => known !== name))
  const {
    $schema: _schema,
    $defs: _defs,
    ...rest
  } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    // `check` has no counterpart in JSON Schema; what it asks for is in the description.
    errorMode: 'ignore',
    definitions,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
  return rest
}
