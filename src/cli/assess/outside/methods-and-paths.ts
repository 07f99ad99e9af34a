/** Methods and paths of the gateway that nobody needs: there must be nothing. */
import type { Probe } from '../probe.ts'
import { failureOf } from './refused.ts'

const METHODS = ['TRACE', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND']
const PATHS = [
  '/.env',
  '/.git/config',
  '/api/sources',
  '/login',
  '/hooks',
  '/hooks/',
  '/hooks/../api/sources',
  '/hooks/%2e%2e/api/sources',
  '/hooks/%00',
  '/hooks/%E0%A4%A',
  '//health',
  '/cdn-cgi/../.env',
  `/${'a'.repeat(7_000)}`,
]

export const methodsAndPaths: Probe = {
  id: 'methods-and-paths',
  title: 'The gateway answers at /health and /hooks/… alone, and there only to what is needed.',
  severity: 'medium',
  remedy: 'Give the gateway a host name of its own, with no other Worker, page or proxy rule on it.',
  needs: 'nothing',
  async *run(world) {
    const requests = [
      ...PATHS.map((path) => ({ method: 'GET', path })),
      ...METHODS.map((method) => ({ method, path: '/' })),
    ]
    for (const { method, path } of requests) {
      const answer = await world.send(world.gateway, { method, path })
      if (answer.status === 0 || (answer.status >= 400 && answer.status < 500)) continue
      const subject = `${method} ${path.slice(0, 40)}`
      yield { subject, evidence: `The gateway ${failureOf(answer)} to ${subject}.` }
    }
  },
}
