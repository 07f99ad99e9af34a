/** How long objects of `slow-gateway.ts` take to answer. */
export const SLOW_MS = 200
