/**
 * Where the log-in leads to: the first page, or the incident that a notice linked to. Only the number of the incident travels, so no
 * address from a request is followed.
 */
import { INCIDENTS, isIncidentNumber } from './incidents/resource.ts'

/** The field of the form, and the parameter of the log-in's address. */
export const INCIDENT_FIELD = 'incident'

/** The address of the log-in for somebody without a session. */
export function loginPath(method: string, pathname: string): string {
  const base = INCIDENTS.pathOf('')
  const number = pathname.startsWith(base) ? pathname.slice(base.length) : ''
  return method === 'GET' && isIncidentNumber(number) ? `/login?${INCIDENT_FIELD}=${number}` : '/login'
}

/** The number of the incident; undefined for anything else. */
export const incidentField = (text: string | null | undefined): string | undefined =>
  isIncidentNumber(text ?? '') ? (text ?? undefined) : undefined

export const targetOf = (text: string | null | undefined): string => {
  const number = incidentField(text)
  return number === undefined ? '/' : INCIDENTS.pathOf(number)
}
