/** Secrets in a file, for Windows alone: elsewhere they go through a pipe. */
import { rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { ROOT } from '../../workers.ts'

const FILE = `${ROOT}.wrangler/secrets.json`
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const

/** The file is removed when the use is over, also if this process gets a signal. */
export async function withSecretsFile<T>(json: string, use: (file: string) => Promise<T>): Promise<T> {
  const remove = () => rmSync(FILE, { force: true })
  const end = () => {
    remove()
    process.exit(1)
  }
  for (const signal of SIGNALS) process.once(signal, end)
  try {
    await mkdir(`${ROOT}.wrangler`, { recursive: true })
    await writeFile(FILE, json, { mode: 0o600 })
    return await use(FILE)
  } finally {
    remove()
    for (const signal of SIGNALS) process.off(signal, end)
  }
}
