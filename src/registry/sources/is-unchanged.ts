/** Whether a document says what is there already. It is then good, whatever would be asked of a new one. */
import * as v from 'valibot'
import { type SourceConfig, SourceDocumentSchema } from './document.ts'
import { partSecrets } from '../secrets/stored.ts'
import type { Secrets } from './source.ts'

/**
 * True for all settings as they are and no secret but the stored ones, by reference. So a source that nothing proves any more,
 * as after an emergency, stands in the way of no other one's change.
 *
 * @param stored the source's secrets, as far as they are not over
 */
export function isUnchanged(document: unknown, config: SourceConfig, stored: Secrets): boolean {
  const parsed = v.safeParse(SourceDocumentSchema, document)
  if (!parsed.success) return false
  const { secrets, ...settings } = parsed.output
  // Their defaults follow from the rest, which is the same.
  const { level, requireSourceIp } = config
  const brings = Object.hasOwn(document as object, 'secrets')
  const { values, kept, missing } = brings ? partSecrets(secrets, stored) : KEEPS_ALL
  const keepsAll = !brings || Object.keys(kept).length === Object.keys(stored).length
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
