/** Rules for changes of a channel. Its secrets change with its document only: vendors make them, so nothing is rotated here. */
import type { ChannelConfig } from '../../channels/document.ts'
import { isObject } from '../../platform/json.ts'
import type { OwnerRules } from '../owners/owner.ts'

export const CHANNEL_RULES: Pick<OwnerRules<ChannelConfig>, 'keyOf' | 'shown'> = {
  keyOf: (name) => `channel/${name}`,
  shown: (config) =>
    Object.fromEntries(Object.entries(config).map(([setting, value]) => [setting, shownValue(value)])),
}

/** The audit log holds no address of a person, and of a URL only who receives. */
function shownValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownValue)
  if (isObject(value) || typeof value !== 'string') return value
  if (value.includes('@') && !value.includes('/')) return `***${value.slice(value.lastIndexOf('@'))}`
  return URL.canParse(value) && /^https?:/i.test(value) ? `${new URL(value).origin}/***` : value
}
