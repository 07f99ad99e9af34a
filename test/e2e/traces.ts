/** Traces of what was erased, in any file of an installation. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** An address in all forms in which it could be found again, with hashes of it that can be guessed. */
export const formsOf = (address: string): string[] => [
  address,
  encodeURIComponent(address),
  ...['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm) =>
    (['hex', 'base64', 'base64url'] as const).map((form) =>
      createHash(algorithm).update(address).digest(form),
    ),
  ),
  ...(['base64', 'hex'] as const).map((form) => Buffer.from(address).toString(form).replace(/.?=*$/, '')),
]

/** All files below a folder, as text with one character for each byte. */
export async function filesBelow(folder: string): Promise<(readonly [path: string, text: string])[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    files
      .filter((one) => one.isFile())
      .map(async ({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path, await readFile(path, 'latin1')] as const
      }),
  )
}

/** Seeds that stand in a text, by its path; nothing for most. */
export const tracesIn = (
  texts: readonly (readonly [path: string, text: string])[],
  seeds: readonly string[],
): Record<string, string[]> =>
  Object.fromEntries(
    texts.flatMap(([path, text]) => {
      const found = seeds.filter((seed) => text.includes(seed))
      return found.length === 0 ? [] : [[path, found]]
    }),
  )
