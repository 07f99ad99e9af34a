import { expect, it } from 'vitest'
import { newConsole, migrate } from '../support.ts'
import { visitor } from './visitor.ts'

it('says how far the archive is, lists its files, and compares them with the bucket', async () => {
  await migrate()
  const here = newConsole()
  const someone = visitor(here)
  const form_token = await someone.enter()
  expect(await someone.text('/system')).toContain('Archived until nothing yet')
  expect(await someone.text('/archive/files')).toContain('No file yet.')
  expect(await someone.text('/archive/files?since=2026-11-01')).toContain('None match.')
  const compared = await someone.post('/archive/check', { form_token })
  expect(await compared.text()).toContain('The bucket has every file of the table.')
})
