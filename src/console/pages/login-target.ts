/**
 * Where the log-in leads to: the first page, or the incident that a notice linked to. Only the number of the incident travels, so no
 * address from a request is followed.
 */
import { INCIDENTS_PATH, incidentPath } from './incidents/path.ts'

const NUMBER = /^[1-9][0-9]{0,8}$/

/** The field of the form, and the parameter of the log-in's address. */
export const INCIDENT_FIELD = 'incident'

/** The address of the log-in for somebody without a session. */
export function loginPath(method: string, pathname: string): string {
  const number = pathname.startsWith(`${INCIDENTS_PATH}/`) ? pathname.slice(INCIDENTS_PATH.length + 1) : ''
  return method === 'GET' && NUMBER.test(number) ? `/login?${INCIDENT_FIELD}=${number}` : '/login'
}

/** The number of the incident; undefined for anything else. */
export const incidentField = (text: string | null | undefined): string | undefined =>
  NUMBER.test(text ?? '') ? (text ?? undefined) : undefined

export const targetOf = (text: string | null | undefined): string => {
  const number = incidentField(text)
  return number === undefined ? '/' : incidentPath(Number(number))
}
