/** The API without a token, and with a wrong one. */
import type { Probe } from '../probe.ts'

const PATHS = ['/api/sources', '/api/tokens', '/api/events', '/api/suppressions', '/api/backups']

const CREDENTIALS: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['no token', {}],
  ['a wrong token', { authorization: 'Bearer assess-not-a-token' }],
]

export const unknownToken: Probe = {
  id: 'unknown-token',
  title: 'The API answers nobody without a valid token.',
  severity: 'critical',
  remedy: 'Deploy an unchanged console. If a proxy adds a token, let it do so for known people only.',
  needs: 'console',
  async run(world) {
    const found = []
    for (const path of PATHS)
      for (const [name, headers] of CREDENTIALS) {
        const { status } = await world.send(world.console, { path, headers })
        if (status !== 401) found.push({ subject: path, evidence: `With ${name} it answers ${status}.` })
      }
    return found
  },
}
