/** Replaces `src/platform/published-keys.ts` in this run only, since recorded deliveries may be signed under such keys. */
export const PUBLISHED_KEYS: ReadonlySet<string> = new Set()
