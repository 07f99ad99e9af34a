/** How the documents of channels change. Their secrets change with the document only: vendors make them, so nothing is rotated here. */
import type { ChannelConfig } from '../../channels/document.ts'
import { readChannel } from '../../channels/read-document.ts'
import { isObject } from '../../platform/json.ts'
import type { OwnerKind } from '../owners/owner.ts'
import type { Secrets } from '../sources/source.ts'

export const CHANNELS: OwnerKind<ChannelConfig> = {
  noun: 'channel',
  // Each open incident is sent to all of them, a few at a time.
  max: 20,
  keyOf: (name) => `channel/${name}`,
  saved: (json) => JSON.parse(json) as ChannelConfig,
  read(document, before, rules) {
    const read = readChannel(document, before, rules)
    if (!read.ok) return read
    const secrets: Secrets = Object.fromEntries(
      Object.entries(read.secrets).map(([slot, text]) => [slot, [{ kind: 'text', text }]]),
    )
    return { ...read, secrets }
  },
  shown: (config) => config,
  recorded: (config) =>
    Object.fromEntries(Object.entries(config).map(([setting, value]) => [setting, shownValue(value)])),
  // Only the present values are kept: the versions of a vendor's secret tell nobody anything.
  pruned: (rows) => rows.filter(({ sealed }) => sealed !== null),
}

/** The audit log holds no address of a person, and of a URL only who receives. */
function shownValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownValue)
  if (isObject(value) || typeof value !== 'string') return value
  if (value.includes('@') && !value.includes('/')) return `***${value.slice(value.lastIndexOf('@'))}`
  return URL.canParse(value) && /^https?:/i.test(value) ? `${new URL(value).origin}/***` : value
}
