/** Names of kinds in words. */

/** `bounce_share` as people read it: `bounce share`. */
export const kindName = (kind: string): string => kind.replaceAll('_', ' ')
