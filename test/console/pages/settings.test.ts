import { beforeAll, expect, it } from 'vitest'
import { migrate, newConsole } from '../support.ts'
import { logIn } from './visitor.ts'

beforeAll(migrate)

it('shows the health of all parts to whoever sees all sources', async () => {
  const here = newConsole()
  await here.api('PUT', '/api/sources/own', { provider: 'generic' })
  const text = await (await logIn(here, 'viewer')).someone.text('/settings')
  expect(text).toMatch(/registry ● answers/)
  expect(text).toMatch(/gateway v1:/)
  expect(text).toContain('How it looks to you')
  const limited = await (await logIn(here, 'viewer', ['own'])).someone.text('/settings')
  expect(limited).toContain('How it looks to you')
  expect(limited).not.toMatch(/answers|v1:/)
})
