/** Allows one `npm start` per state folder: two would write to the same databases. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A lock that another running process holds. */
export interface Held {
  readonly pid: number
}

/**
 * Locks the folder for this process until it ends. The lock of a process that no longer runs is ignored.
 *
 * @returns the holder of the lock, or undefined if this process holds it now
 */
export async function lockState(stateDir: string, pid: number): Promise<Held | undefined> {
  const path = join(stateDir, 'lock')
  const created = await create(path, pid)
  if (created) return undefined
  const holder = Number(await readFile(path, 'utf8').catch(() => ''))
  if (isRunning(holder)) return { pid: holder }
  await rm(path, { force: true })
  // If another start came in between, that one holds the lock.
  return (await create(path, pid)) ? undefined : { pid: Number(await readFile(path, 'utf8')) }
}

/** Releases the lock. */
export const unlockState = (stateDir: string): Promise<void> => rm(join(stateDir, 'lock'), { force: true })

const create = (path: string, pid: number): Promise<boolean> =>
  writeFile(path, String(pid), { flag: 'wx' }).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return false
      throw cause
    },
  )

/** EPERM means that the process runs under another user. */
function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}
