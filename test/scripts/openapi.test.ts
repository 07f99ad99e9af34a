/** Checks the OpenAPI document with a third-party linter. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/console/api/index.ts'
import { documentOf } from '../../src/console/api/document/index.ts'

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

/** Mistakes: the rule that finds each, and the text that each changes. */
const PLANTED: readonly (readonly [rule: string, right: string, wrong: string])[] = [
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
]

const OPERATIONS = Object.values(documentOf(ROUTES).paths)
  .flatMap((operations) => Object.values(operations))
  .map((operation) => ({ id: operation.operationId, operation }))

describe('the OpenAPI document', () => {
  it('has nothing that the linter finds', async () => {
    expect(await complaints(documentOf(ROUTES))).toEqual([])
  })

  it('would be found out in each of these places', async () => {
    const whole = JSON.stringify(documentOf(ROUTES))
    const planted = PLANTED.reduce((text, [, right, wrong]) => {
      expect(text).toContain(right)
      return text.replace(right, wrong)
    }, whole)
    const rules = new Set((await complaints(JSON.parse(planted))).map((one) => one.split(':')[0]))
    expect(PLANTED.map(([rule]) => rule).filter((rule) => !rules.has(rule))).toEqual([])
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
