/** Random names for things that have no identity of their own. */

/** A delivery's name in logs, answers and the store: `req_` and 24 hex digits. */
export const requestId = (): string => `req_${crypto.getRandomValues(new Uint8Array(12)).toHex()}`
