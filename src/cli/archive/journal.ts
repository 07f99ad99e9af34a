/**
 * The journal of a folder: a line for each file that `postern archive pull` has written, appended when the file is complete. So the command
 * knows what it may remove, and what is there already.
 */
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { parseJsonText } from '../../platform/json.ts'
import { localFileAt } from './local-file.ts'

/** Readers of Hive folders ignore names that begin with a dot. */
const NAME = '.postern-archive.jsonl'

const PulledSchema = v.object({
  path: v.string(),
  sha256: v.string(),
  bytes: v.number(),
  /** As the file system says after the file was written: a file that has another was changed. */
  mtime_ms: v.number(),
})
export type Pulled = v.InferOutput<typeof PulledSchema>

const LineSchema = v.union([
  v.object({ console: v.string() }),
  PulledSchema,
  v.object({ removed: v.string() }),
])
type Line = v.InferOutput<typeof LineSchema>

export interface Journal {
  /** Origin of the console that the files are from; null in a new folder. */
  readonly console: string | null
  readonly files: ReadonlyMap<string, Pulled>
}

/** Lines that are torn or not understood are left out: their files count as not written by the command. */
export async function readJournal(folder: string): Promise<Journal> {
  const text = await readFile(join(folder, NAME), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return ''
    throw cause
  })
  let origin: string | null = null
  const files = new Map<string, Pulled>()
  for (const json of text.split('\n')) {
    const parsed = v.safeParse(LineSchema, parseJsonText(json))
    if (!parsed.success) continue
    const line = parsed.output
    if ('console' in line) origin = line.console
    else if ('removed' in line) files.delete(line.removed)
    else if (localFileAt(line.path) !== undefined) files.set(line.path, line)
  }
  return { console: origin, files }
}

/** A line break before each line: the one before may be torn. */
export const noteInJournal = (folder: string, line: Line): Promise<void> =>
  appendFile(join(folder, NAME), `\n${JSON.stringify(line)}`)

/** Writes only what holds, so that the journal does not grow forever. */
export async function rewriteJournal(folder: string, origin: string, files: Iterable<Pulled>): Promise<void> {
  const lines: Line[] = [{ console: origin }, ...files]
  const path = join(folder, NAME)
  await writeFile(`${path}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await rename(`${path}.new`, path)
}
