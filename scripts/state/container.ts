/** A folder as one gzipped file: a line of JSON with the path and size of each file, then their bytes. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

/** Databases share their memory in these files only while they are open. */
const SHARED_MEMORY = /-shm$/

const LINE_END = 0x0a

/** All files below the folder. An empty folder is left out. */
export async function packFolder(folder: string): Promise<Uint8Array> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found
    .filter((entry) => entry.isFile() && !SHARED_MEMORY.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const contents = await Promise.all(paths.map((path) => readFile(path)))
  const index = paths.map((path, i) => [
    path.slice(folder.length + 1).replaceAll(sep, '/'),
    contents[i]?.byteLength,
  ])
  return gzipSync(Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...contents]), { level: 9 })
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
  const bytes = gunzipSync(packed)
  const indexEnd = bytes.indexOf(LINE_END)
  const index = JSON.parse(bytes.toString('utf8', 0, indexEnd)) as [path: string, size: number][]
  let start = indexEnd + 1
  for (const [path, size] of index) {
    const to = join(folder, moved(path))
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, bytes.subarray(start, start + size))
    start += size
  }
}
