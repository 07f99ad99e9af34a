/** Runs tests that need a redis-server where there is one, and says aloud where there is none. */
import { describe } from 'vitest'
import { redisProgram } from './server.ts'

const program = redisProgram()

/** Set where a missing server is a failure: in continuous integration. */
const required = process.env['POSTERN_REQUIRE_REDIS'] === '1'

const MISSING =
  'no redis-server on this machine, so the failover store is not tested here: install Redis (apt-get install redis-server)'

/** @param tests are given the program's path */
export function describeWithRedis(what: string, tests: (program: string) => void): void {
  if (program !== undefined) {
    describe(what, () => tests(program))
    return
  }
  if (required) throw new Error(`POSTERN_REQUIRE_REDIS is 1, but there is ${MISSING}`)
  process.stderr.write(`SKIPPED "${what}": ${MISSING}\n`)
  describe.skip(`${what} (skipped: ${MISSING})`, () => tests(''))
}
