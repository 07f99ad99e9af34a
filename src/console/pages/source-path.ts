/** Paths of the pages about a source. */
export const sourcePath = (name: string): string => `/sources/${name}`

/** @param last the span of time that it shows; absent for the last day */
export const signalsPath = (name: string, last?: string): string =>
  `${sourcePath(name)}/signals${last === undefined ? '' : `?last=${last}`}`
