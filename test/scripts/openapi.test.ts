/** Checks the OpenAPI document with a third-party linter, and its commands in a shell. */
import { execFileSync } from 'node:child_process'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/console/api/index.ts'
import { documentOf } from '../../src/console/api/document/index.ts'
import { curlOf } from '../../src/console/pages/docs/curl.ts'

/** Changes to the linter's strict set, with reasons for disabled rules. */
const RULES = {
  'operation-tag-defined': 'error',
  'operation-singular-tag': 'error',
  'operation-description': 'error',
  'operation-4xx-problem-details-rfc7807': 'error',
  'parameter-description': 'error',
  'path-params-defined': 'error',
  'path-http-verbs-order': 'error',
  'paths-kebab-case': 'error',
  'array-parameter-serialization': 'error',
  'component-name-unique': 'error',
  'spec-example-values': 'error',
  'spec-strict-refs': 'error',
  // Each deployment is run by its owner, so the document names no contact.
  'info-contact': 'off',
} as const

const config = await createConfig({ extends: ['recommended-strict'], rules: RULES })

async function complaints(document: unknown): Promise<string[]> {
  const found = await lintFromString({ source: JSON.stringify(document), config })
  return found.map(({ ruleId, message, location }) =>
    [`${ruleId}:`, message, ...location.map(({ pointer }) => pointer)].join(' '),
  )
}

const OPERATIONS = Object.entries(documentOf(ROUTES).paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({
    id: operation.operationId,
    method,
    path,
    operation,
  })),
)

describe('the OpenAPI document', () => {
  it('has nothing that the linter finds', async () => {
    expect(await complaints(documentOf(ROUTES))).toEqual([])
  })

  it.each([
    ['info-license', '"license":', '"x-license":'],
    ['tag-description', '"description":"What happened to whose mail."', '"description":""'],
    ['operation-tag-defined', '"tags":["events"]', '"tags":["simulatedEvents"]'],
    ['operation-operationId-unique', '"operationId":"getSource"', '"operationId":"putSource"'],
    ['operation-summary', '"summary":"This document."', '"x-summary":""'],
    ['parameter-description', '"description":"Only of this address, exactly."', '"x-description":""'],
    ['path-parameters-defined', '"name":"address","in":"path"', '"name":"addres","in":"path"'],
    ['no-invalid-media-type-examples', '"example":{"address":"ada@example.com"', '"example":{"address":7'],
    ['no-unresolved-refs', '#/components/schemas/MailEvent', '#/components/schemas/MailEvents'],
    ['security-defined', '"security":[{"token":[]}]', '"security":[{"tokens":[]}]'],
  ])('would be found out: %s', async (rule, text, wrong) => {
    const document = JSON.stringify(documentOf(ROUTES))
    expect(document).toContain(text)
    const found = await complaints(JSON.parse(document.replace(text, wrong)))
    expect(found.map((one) => one.split(':')[0])).toContain(rule)
  })

  it.each(OPERATIONS.filter(({ operation }) => operation.requestBody !== undefined))(
    'has an example of what $id takes',
    ({ id, operation }) => {
      const example = operation.requestBody?.content['application/json']?.example
      const { body, shownBody } = ROUTES.find((route) => route.id === id) ?? {}
      for (const schema of [body, shownBody]) {
        if (schema !== undefined) expect(v.safeParse(schema, example).issues).toBeUndefined()
      }
      expect(example).toBeDefined()
    },
  )

  it.each(ROUTES.filter(({ method }) => method === 'POST'))(
    'says what $id comes to when it is done twice',
    ({ again }) => {
      expect(again).toMatch(/^[A-Z].+\.$/)
    },
  )
})

describe('a command that the page shows', () => {
  it.each(OPERATIONS)('is one for a shell: $id', ({ method, path, operation }) => {
    const command = curlOf('https://console.example', method, path, operation)
    const words = wordsOf(command)
    const { pathname, searchParams } = new URL(words.find((word) => word.startsWith('https://')) ?? '')
    expect(pathname.replaceAll(/[A-Z_]+/g, '*')).toBe(path.replaceAll(/\{\w+\}/g, '*'))
    const required = operation.parameters.filter((one) => one.in === 'query' && one.required)
    expect([...searchParams.keys()]).toEqual(required.map(({ name }) => name))
    expect(words).toContain('Authorization: Bearer a token')
    const body = words[words.indexOf('-d') + 1] ?? ''
    if (words.includes('-d')) {
      expect(JSON.parse(body)).toEqual(operation.requestBody?.content['application/json']?.example)
    }
    expect(words.includes('-d')).toBe(operation.requestBody !== undefined)
  })

  it('keeps quotes, spaces and dollars of a body as they are', () => {
    const [some] = OPERATIONS.filter(({ id }) => id === 'addSuppression')
    if (some === undefined) throw new Error('there is no such operation')
    const example = { note: `it's "$HOME" \\ \`x\` \u00e9\n` }
    const requestBody = { required: true, content: { 'application/json': { schema: {}, example } } } as const
    const words = wordsOf(curlOf('https://a.example', 'post', '/x', { ...some.operation, requestBody }))
    expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(example)
  })
})

/** The arguments that curl would get. */
const wordsOf = (command: string): string[] =>
  execFileSync('sh', ['-c', `uuidgen() { echo key; }; curl() { printf '%s\\0' "$@"; }; ${command}`], {
    env: { POSTERN_TOKEN: 'a token' },
    encoding: 'utf8',
  })
    .split('\0')
    .slice(0, -1)
