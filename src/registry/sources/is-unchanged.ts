/** Whether a document equals the stored source. It is then accepted, even if a new source could not be like this. */
import * as v from 'valibot'
import { type SourceConfig, SourceDocumentSchema } from './document.ts'
import { splitSecrets } from '../secrets/stored.ts'
import type { Secrets } from './source.ts'

/**
 * True if all settings are equal and the document only refers to stored secrets. So a source without any secret, as after an
 * emergency rotation, does not make a whole configuration invalid.
 *
 * @param stored the source's secrets that are not revoked
 */
export function isUnchanged(document: unknown, config: SourceConfig, stored: Secrets): boolean {
  const parsed = v.safeParse(SourceDocumentSchema, document)
  if (!parsed.success) return false
  const { secrets, ...settings } = parsed.output
  // Their defaults depend on the other settings, which are compared.
  const { level, requireSourceIp } = config
  const hasSecrets = Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = hasSecrets ? splitSecrets(secrets, stored) : KEEPS_ALL
  const keepsAll = !hasSecrets || Object.keys(kept).length === Object.keys(stored).length
  return (
    keepsAll &&
    missing.length === 0 &&
    Object.keys(values).length === 0 &&
    comparable({ level, requireSourceIp, ...settings }) === comparable(config)
  )
}

const KEEPS_ALL = { values: {}, kept: {}, missing: [] }

const comparable = (settings: object): string =>
  JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)))
