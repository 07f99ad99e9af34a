/** Paths of the pages about incidents. */
export const INCIDENTS_PATH = '/incidents'

export const incidentPath = (number: number): string => `${INCIDENTS_PATH}/${number}`
