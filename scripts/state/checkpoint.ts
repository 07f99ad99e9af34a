/** Moves what databases have in their write-ahead logs into their files, so that one small file is left of each. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** @param folder of databases that no process has open */
export async function checkpoint(folder: string): Promise<void> {
  const found = await readdir(folder, { recursive: true })
  for (const name of found.filter((name) => name.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(folder, name))
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    database.close()
  }
}
