/** The path of a source's page. */
export const sourcePath = (name: string): string => `/sources/${name}`
