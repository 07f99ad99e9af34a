/** Runs tests that need a program where it is installed, and says aloud where it is not. */
import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'

/** Set where a missing program is a failure: in continuous integration. */
const required = process.env['POSTERN_REQUIRE_JUDGES'] === '1'

interface Needed {
  /** Packages of Debian. */
  readonly packages: string
  /** Command that ends well where it is installed. */
  readonly probe: readonly string[]
}

export function describeWithProgram(what: string, { packages, probe }: Needed, tests: () => void): void {
  const [file = '', ...args] = probe
  if (spawnSync(file, args).status === 0) {
    describe(what, tests)
    return
  }
  const missing = `not on this machine, so it judges nothing here: apt-get install ${packages}`
  if (required) throw new Error(`POSTERN_REQUIRE_JUDGES is 1, but ${what} is ${missing}`)
  process.stderr.write(`SKIPPED "${what}": ${missing}\n`)
  describe.skip(`${what} (skipped: ${missing})`, tests)
}
