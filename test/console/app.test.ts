import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { newConsole } from './support.ts'

it('logs each answer to an authenticated caller, and ten a second to others', async () => {
  const here = newConsole()
  const answered = () => here.logged.filter(({ event }) => event === 'console_answered').length
  for (let i = 0; i < 30; i++) await here.fetch(i % 2 === 0 ? '/login' : '/api/me')
  expect(answered()).toBe(10)
  for (let i = 0; i < 15; i++)
    await here.fetch('/api/me', { headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } })
  expect(answered()).toBe(25)
})
