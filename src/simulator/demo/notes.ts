/** Values that the demo saved last, in a file of the state folder. So it recognizes what a person has changed since. */
import { readFile, writeFile } from 'node:fs/promises'

export interface Notes<Value> {
  readonly get: (name: string) => Value | undefined
  readonly set: (name: string, value: Value) => Promise<void>
}

/** @param path of the file; it may not exist yet */
export async function readNotes<Value>(path: string): Promise<Notes<Value>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{}'
    throw cause
  })
  const notes = new Map(Object.entries(JSON.parse(text) as Record<string, Value>))
  return {
    get: (name) => notes.get(name),
    async set(name, value) {
      notes.set(name, value)
      await writeFile(path, JSON.stringify(Object.fromEntries(notes), null, 2))
    },
  }
}
