/** Addresses of refusals and captures. */
import { SOURCES } from '../sources/resource.ts'

/** Refusals of one cause. */
export const causePath = ({ source, code }: { source: string | null; code: string }): string =>
  `/activity?${new URLSearchParams({ show: 'refused', ...(source === null ? {} : { source }), code }).toString()}`

export const capturePath = (source: string): string => `${SOURCES.pathOf(source)}/capture`

/** The file of a captured delivery. */
export const capturedPath = (source: string, requestId: string): string =>
  `${SOURCES.pathOf(source)}/captured/${requestId}`
