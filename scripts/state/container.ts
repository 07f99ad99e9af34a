/** A folder as one file: gzipped JSON of each file's path and its base64. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

/** Databases share their memory in these files only while they are open. */
const SHARED_MEMORY = /-shm$/

/** All files below the folder. An empty folder is left out. */
export async function packFolder(folder: string): Promise<Uint8Array> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found
    .filter((entry) => entry.isFile() && !SHARED_MEMORY.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const files: Record<string, string> = {}
  for (const path of paths) {
    const name = path.slice(folder.length + 1).replaceAll(sep, '/')
    files[name] = await readFile(path, 'base64')
  }
  return gzipSync(JSON.stringify(files), { level: 9 })
}

/**
 * Writes the files of a packed folder.
 *
 * @param moved the path under which a file is written, from that under which it was packed
 */
export async function unpackFolder(
  packed: Uint8Array,
  folder: string,
  moved: (path: string) => string = (path) => path,
): Promise<void> {
  const files = JSON.parse(gunzipSync(packed).toString()) as Record<string, string>
  for (const [path, base64] of Object.entries(files)) {
    const to = join(folder, moved(path))
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, Buffer.from(base64, 'base64'))
  }
}
