import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { OPENAPI, PAPERS, openApiText, withTables } from '../../scripts/docs-tables.ts'

const textOf = (paper: string): string => readFileSync(path.join(import.meta.dirname, '../..', paper), 'utf8')

// If one differs: npx node scripts/docs-tables.ts
it.each(PAPERS)('%s has the tables of the data', (paper) => {
  const text = textOf(paper)
  expect(text).toBe(withTables(paper, text))
})

it(`${OPENAPI} is what the routes make`, () => {
  const text = openApiText()
  expect(textOf(OPENAPI) === text, 'npx node scripts/docs-tables.ts writes it').toBe(true)
  expect(JSON.parse(text)).toHaveProperty('openapi')
})
