import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { PAPERS, withTables } from '../../scripts/docs-tables.ts'

// If one differs: npx node scripts/docs-tables.ts
it.each(PAPERS)('%s has the tables of the data', (paper) => {
  const text = readFileSync(path.join(import.meta.dirname, '../..', paper), 'utf8')
  expect(text).toBe(withTables(paper, text))
})
