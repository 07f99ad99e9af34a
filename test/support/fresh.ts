/**
 * Every test file finds empty storage, fresh modules and real globals, as in a runtime of its own. So files can share a runtime, whose
 * start took longer than most of them.
 */
import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { vi } from 'vitest'

vi.resetModules()
vi.restoreAllMocks()
vi.unstubAllGlobals()
vi.useRealTimers()

/** On a busy machine, work that the file before has left behind can write once more after a reset. */
const RESETS_MAX = 5

const tables = `SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`

async function isEmpty(): Promise<boolean> {
  const [backups, large, store] = await Promise.all([
    env.BACKUPS.list({ limit: 1 }),
    env.LARGE.list({ limit: 1 }),
    env.STORE.prepare(tables).first<{ n: number }>(),
  ])
  return backups.objects.length === 0 && large.objects.length === 0 && store?.n === 0
}

for (let resets = 1; ; resets++) {
  await reset()
  if (await isEmpty()) break
  if (resets === RESETS_MAX) throw new Error('the storage of the file before is still there')
}
