/**
 * A temporary folder in memory for a run of the tests. Most tests write to databases, and each transaction waits until the disk has it:
 * that took a third of the time, and shows nothing, since no test cuts the power.
 */
import { constants, accessSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of Linux. */
const MEMORY = '/dev/shm'
const NAME = 'postern-tests-'

/** Containers often have 64 MB. */
const FREE_BYTES_MIN = 2e9

/** @returns undefined where there is no such memory, it is small, or no program may run there */
export function temporaryFolder(): string | undefined {
  const folder = join(MEMORY, `${NAME}${process.pid}`)
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < FREE_BYTES_MIN) return undefined
    for (const name of readdirSync(MEMORY))
      if (name.startsWith(NAME) && !isAlive(Number(name.slice(NAME.length))))
        rmSync(join(MEMORY, name), { recursive: true, force: true })
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    return undefined
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    const program = join(folder, 'program')
    writeFileSync(program, '', { mode: 0o700 })
    accessSync(program, constants.X_OK)
    return folder
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
