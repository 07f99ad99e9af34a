/** The name of an alert at a channel that keeps state. */
import { halfSha256Hex } from '../../../platform/sha256.ts'
import type { Notice } from '../notice.ts'

/** `postern-` and 32 digits: within the limits of all channels, whatever the key of the notice. */
export const alertKey = async ({ dedupeKey }: Pick<Notice, 'dedupeKey'>): Promise<string> =>
  `postern-${await halfSha256Hex(dedupeKey)}`
