/** The OpenAPI document under a linter that others keep. Its strict set, and more; what is left off has its reason here. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/console/api/index.ts'
import { documentOf } from '../../src/console/api/document/index.ts'

type Document = ReturnType<typeof documentOf>

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
  'info-contact': 'off', // Whoever deploys it runs it: there is nobody of ours to write to.
  'no-http-verbs-in-paths': 'off', // Nothing of ours is named after one; "delete" in a name of a source is not our business.
} as const

const config = await createConfig({ extends: ['recommended-strict'], rules: RULES })

async function complaints(document: unknown): Promise<string[]> {
  const found = await lintFromString({ source: JSON.stringify(document), config })
  return found.map(
    ({ ruleId, message, location }) =>
      `${ruleId}: ${message} ${location.map(({ pointer }) => pointer).join(' ')}`,
  )
}

describe('the OpenAPI document', () => {
  it('has nothing that the linter finds', async () => {
    expect(await complaints(documentOf(ROUTES))).toEqual([])
  })

  it.each<[string, string, (document: Document) => unknown]>([
    [
      'no licence',
      'info-license',
      (document) => ({ ...document, info: { ...document.info, license: undefined } }),
    ],
  ])('is found out with %s', async (_what, rule, change) => {
    const found = await complaints(change(documentOf(ROUTES)))
    expect(found.map((one) => one.split(':')[0])).toContain(rule)
  })
})
