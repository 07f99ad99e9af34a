/** Headers that requests may carry and answers do, in words. */
import type { AnyRoute } from '../../../api/route.ts'
import type { Parameter, ResponseHeader } from './form.ts'

const text = (more: object = {}) => ({ type: 'string', ...more }) as const

const keepsAnswers = ({ method, keepsAnswer }: AnyRoute): boolean =>
  method === 'POST' && keepsAnswer !== false

/** Headers that a request may carry beside the token. */
export const headerParameters = (one: AnyRoute): Parameter[] =>
  PARAMETERS.filter(({ when }) => when(one)).map(({ name, description, schema }) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema,
  }))

interface ParameterRow extends ResponseHeader {
  readonly name: string
  readonly when: (one: AnyRoute) => boolean
}

const PARAMETERS: readonly ParameterRow[] = [
  {
    name: 'If-Match',
    when: ({ conditional }) => conditional === true,
    description:
      'Entity tags: done only to one of these versions, else 412. A weak tag matches nothing. `*`: to whatever is there.',
    schema: text(),
  },
  {
    name: 'If-None-Match',
    when: ({ conditional }) => conditional === true,
    description:
      'Entity tags: whoever reads one of these versions gets 304; a change of one of them is 412. `*` with PUT: only to make a new one.',
    schema: text(),
  },
  {
    name: 'Last-Event-ID',
    when: ({ streams }) => streams === true,
    description: 'The id of the last event of a stream that broke off: goes on after it. Instead of after.',
    schema: text(),
  },
  {
    name: 'Range',
    when: ({ bytes }) => bytes !== undefined,
    description: 'One range of bytes, such as `bytes=1000-`. Anything else gets the whole file.',
    schema: text(),
  },
  {
    name: 'If-Range',
    when: ({ bytes }) => bytes !== undefined,
    description: 'An entity tag: if the file is another one, all of it is sent.',
    schema: text(),
  },
  {
    name: 'Idempotency-Key',
    when: keepsAnswers,
    description:
      'New for each new request, the same for each repetition of it: then it is done once, and a repetition within 24 hours gets the first answer.',
    schema: text({ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' }),
  },
  {
    name: 'X-Reason',
    when: ({ isDangerous }) => isDangerous !== undefined,
    description: 'Why, in your words, for the audit log. Needed for what cannot be taken back.',
    schema: text({ maxLength: 500 }),
  },
]

/** Headers of an answer with that status. */
export const responseHeaders = (one: AnyRoute, status: number): Record<string, ResponseHeader> =>
  Object.fromEntries(
    HEADERS.filter(({ when }) => when(one, status)).map(({ name, description, schema }) => [
      name,
      { description, schema },
    ]),
  )

interface HeaderRow extends ResponseHeader {
  readonly name: string
  readonly when: (one: AnyRoute, status: number) => boolean
}

const HEADERS: readonly HeaderRow[] = [
  {
    name: 'X-Request-Id',
    when: () => true,
    description: 'Names the request in the log.',
    schema: text(),
  },
  {
    name: 'ETag',
    when: ({ conditional, method }, status) => conditional === true && method !== 'DELETE' && status < 400,
    description: 'The version, as a strong entity tag for If-Match and If-None-Match.',
    schema: text(),
  },
  {
    name: 'ETag',
    when: ({ bytes }, status) => bytes !== undefined && status < 300,
    description: 'The SHA-256 of the whole file, for If-Range.',
    schema: text(),
  },
  {
    name: 'Content-Range',
    when: ({ bytes }, status) => bytes !== undefined && (status === 206 || status === 416),
    description: 'Which bytes these are, and how many the file has.',
    schema: text(),
  },
  {
    name: 'Idempotency-Replayed',
    when: (one, status) => keepsAnswers(one) && status < 300,
    description: '`true` where this is the answer to an earlier request with the same Idempotency-Key.',
    schema: text({ enum: ['true'] }),
  },
  {
    name: 'WWW-Authenticate',
    when: (_, status) => status === 401,
    description: 'How to authenticate.',
    schema: text(),
  },
  {
    name: 'Retry-After',
    when: ({ method }, status) => status === 429 || status === 503 || (method === 'POST' && status === 409),
    description: 'Seconds to wait before trying again, where that helps.',
    schema: { type: 'integer', minimum: 0 },
  },
]
