/** In the place of `src/platform/published-keys.ts`, for the Workers of this run alone: recorded deliveries may be signed under such keys. */
export const PUBLISHED_KEYS: ReadonlySet<string> = new Set()
