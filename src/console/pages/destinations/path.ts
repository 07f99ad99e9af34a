/** The path of a destination's page. */
export const destinationPath = (name: string): string => `/destinations/${name}`
