/** The source that a sample is sent to: put under its own name, or as a temporary twin of another source. */
import { randomBytes } from 'node:crypto'
import type { Io } from '../command.ts'
import { sourcePath } from '../commands/sources.ts'
import type { Api } from '../connection/api.ts'
import { confirmed } from '../secret-input.ts'
import { Stop } from '../stop.ts'

/** What `GET /api/sources/<name>` answers besides the settings. */
const NOT_SETTINGS = [
  'name',
  'version',
  'webhook_url',
  'created_at',
  'updated_at',
  'secrets',
  'secret_versions',
  'rotations',
]
/** Settings that name keys or a URL of the source itself: the sample has its own. */
const OWN = ['auth', 'signature', 'jwt', 'provisioner', 'publicUrl']

export type SourceSettings = Readonly<Record<string, unknown>> & { readonly provider: string }

export const settingsOf = (api: Api, name: string): Promise<SourceSettings> =>
  api.get<SourceSettings>(sourcePath(name))

/** The settings of the source under the secrets of the sample. */
export function twinDocument(source: SourceSettings, sample: Readonly<Record<string, unknown>>): object {
  const left = new Set([...NOT_SETTINGS, ...OWN])
  return { ...Object.fromEntries(Object.entries(source).filter(([name]) => !left.has(name))), ...sample }
}

/** A name of its own, so that no source is ever replaced by it. */
export const twinName = (name: string): string =>
  `${name.slice(0, 48).replace(/-+$/, '')}-sample-${randomBytes(4).toString('hex')}`

/**
 * Creates the source. If there is one, it is replaced only if the person says yes, or said `--yes`: its secrets would be lost.
 *
 * @returns its webhook URL; undefined if the person says no
 */
export async function putSource(
  api: Api,
  name: string,
  document: object,
  io: Io,
  isConfirmed: boolean,
): Promise<string | undefined> {
  const put = (headers: Record<string, string>) =>
    api.put<{ webhook_url: string }>(sourcePath(name), document, { headers })
  try {
    return (await put({ 'if-none-match': '*' })).webhook_url
  } catch (cause) {
    if (!(cause instanceof Stop) || cause.code !== 'version_conflict') throw cause
  }
  const question = `Replace the source ${name}, with its secrets?`
  if (!isConfirmed && !(await confirmed(io, question))) return undefined
  return (await put({})).webhook_url
}
