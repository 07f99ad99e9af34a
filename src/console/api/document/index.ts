/** The OpenAPI 3.1 document, made of the table of routes and the same schemas that check what comes in. */
import { CODES, statusOf, titleOf } from '../../../api/problem.ts'
import type { BoundRoute } from '../route.ts'
import type { OpenApi } from './form.ts'
import { operationOf } from './operation.ts'
import { namedSchemas } from './schemas.ts'
import { tagsOf } from './tags.ts'

const DESCRIPTION = [
  'Sources, events, suppressions and what was refused, kept aside or given up on.',
  'What is sent and answered is JSON in UTF-8, whatever Accept says, unless a path names another type; times are RFC 3339 in UTC.',
  'Parameters that a path does not have are refused, not overlooked.',
  'Every answer names its request in X-Request-Id.',
  'Problems are RFC 9457 documents with a stable code: none is renamed, and none gets another status.',
  'Lists are read page by page: next_cursor of one page is the cursor of the next, and null on the last.',
].join(' ')

/** The document of a table of routes. */
export function documentOf(routes: readonly BoundRoute[]): OpenApi {
  const paths = Map.groupBy(routes, ({ path }) => path)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern console',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This console.' }],
    security: [{ token: [] }],
    tags: tagsOf(routes),
    paths: Object.fromEntries(
      [...paths].map(([path, ones]) => [
        path,
        Object.fromEntries(inOrder(ones).map((one) => [one.method.toLowerCase(), operationOf(one)])),
      ]),
    ),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, or the admin token.' },
      },
      schemas: namedSchemas(),
    },
    'x-problems': CODES.map((code) => ({ code, status: statusOf(code), title: titleOf(code) })).sort(
      (a, b) => a.status - b.status,
    ),
  }
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

const inOrder = (ones: readonly BoundRoute[]): BoundRoute[] =>
  ones.toSorted((a, b) => METHODS.indexOf(a.method) - METHODS.indexOf(b.method))
