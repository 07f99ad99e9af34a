import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { withSetups } from '../../scripts/setup-docs.ts'

it('docs/providers.md has the steps that the console shows', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/providers.md'), 'utf8')
  // If it differs: npx node scripts/setup-docs.ts
  expect(text).toBe(withSetups(text))
})
