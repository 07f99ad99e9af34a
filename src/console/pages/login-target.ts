/**
 * Where the log-in leads to: the first page, the incident that a notice linked to, or a list with its filters. Of an incident only the number
 * travels. Lists are named here, and their filters are plain words. So no address from a request is followed.
 */
import { INCIDENTS, isIncidentNumber } from './incidents/resource.ts'

/** `events?type=email.bounced` */
const LIST = /^(?:deliverability|events|quarantine|refusals)\?[\w.=&-]{1,200}$/

/** Fields of the form, which are also parameters of the log-in's address. */
const FIELDS = { incident: isIncidentNumber, list: (text: string) => LIST.test(text) } as const
type Target = Partial<Record<keyof typeof FIELDS, string>>

/** The address of the log-in for somebody without a session. */
export function loginPath(method: string, { pathname, search }: URL): string {
  const base = INCIDENTS.pathOf('')
  const number = pathname.startsWith(base) ? pathname.slice(base.length) : ''
  const { incident, list } =
    method === 'GET' ? targetIn({ incident: number, list: pathname.slice(1) + search }) : {}
  if (incident !== undefined) return `/login?incident=${incident}`
  return list === undefined ? '/login' : `/login?list=${encodeURIComponent(list)}`
}

/** Fields that have their form. */
export const targetIn = (fields: Readonly<Record<string, string | undefined>>): Target =>
  Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, isOfForm]) => {
      const text = fields[name]
      return text !== undefined && isOfForm(text) ? [[name, text]] : []
    }),
  )

export function targetOf(fields: Readonly<Record<string, string | undefined>>): string {
  const { incident, list } = targetIn(fields)
  if (incident !== undefined) return INCIDENTS.pathOf(incident)
  return list === undefined ? '/' : `/${list}`
}
