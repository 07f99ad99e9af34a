/** A recorded delivery and its expected outcome. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

const jsonObject = v.record(v.string(), v.unknown())

const CaseSchema = v.object({
  esp: v.string(),
  name: v.string(),
  tags: v.optional(v.array(v.string()), []),
  /** Origin of the signature: REAL, published, generated, n/a. */
  signature_origin: v.optional(v.string(), ''),
  /** If present, the same request is sent once before. */
  precondition: v.optional(v.unknown()),
  request: v.object({
    method: v.string(),
    url: v.string(),
    headers: v.optional(v.record(v.string(), v.union([v.string(), v.array(v.string())])), {}),
    body_base64: v.optional(v.nullable(v.string())),
  }),
  secrets: v.optional(jsonObject, {}),
  config: v.optional(jsonObject, {}),
  /** Unix seconds. */
  now: v.number(),
  expect: v.object({
    verdict: v.picklist(['accept', 'reject']),
    events: v.optional(v.array(jsonObject), []),
    response: v.optional(
      v.nullable(
        v.object({
          status: v.optional(v.number()),
          json: v.optional(v.unknown()),
          headers: v.optional(v.record(v.string(), v.string())),
          action: v.optional(v.string()),
          get: v.optional(v.unknown()),
        }),
      ),
    ),
  }),
})

export type Case = v.InferOutput<typeof CaseSchema> & {
  /** The file that holds it, for messages. */
  readonly file: string
}

/** A path that holds no valid case; the message names it. */
export class CaseError extends Error {
  override readonly name = 'CaseError'
}

/**
 * Reads all cases in `*.json` files at or below the given paths, ordered by path. A file holds one case or a list.
 *
 * @throws {CaseError} if a path does not exist or a file has another format
 */
export async function casesBelow(paths: readonly string[]): Promise<Case[]> {
  const files = (await Promise.all(paths.map(jsonFiles))).flat()
  return (await Promise.all(files.map(readCases))).flat()
}

async function jsonFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new CaseError(`${path}: there is no such file or folder`)
  if (found.isFile()) return [path]
  const names = await readdir(path, { recursive: true })
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(path, name))
}

async function readCases(file: string): Promise<Case[]> {
  const json: unknown = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  return (Array.isArray(json) ? json : [json]).map((one) => {
    const read = v.safeParse(CaseSchema, one)
    if (!read.success) {
      const problems = read.issues.map((issue) => v.getDotPath(issue) ?? 'the whole')
      throw new CaseError(`${file}: not a recorded delivery (${problems.join(', ')})`)
    }
    return { ...read.output, file }
  })
}

/** The source document of a case, and the certificates that its signature needs. */
export function sourceOf({ esp, secrets, config }: Case): {
  readonly document: Readonly<Record<string, unknown>>
  /** The answer to a fetch, by URL. */
  readonly certificates: ReadonlyMap<string, string>
} {
  const { certificates, webhook_url, ...ownSecrets } = secrets
  return {
    document: {
      provider: esp,
      secrets: ownSecrets,
      ...(webhook_url === undefined ? {} : { publicUrl: webhook_url }),
      ...config,
    },
    certificates: new Map(Object.entries((certificates ?? {}) as Record<string, string>)),
  }
}
