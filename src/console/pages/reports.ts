/** Pages of reports, which were made on somebody's machine and never change. */
import { type RequestContext, answered } from '../request-context.ts'
import { notices } from './notices.ts'
import { resource } from './resource.ts'

/** Said instead of reports. */
export const UNREAD = 'The bucket of the backups did not answer.'

/** @param thing what a report is of, as `drill`: its pages are under the plural */
export const reportsOf = <Report>(
  thing: string,
  reports: { readonly read: (context: RequestContext, id: string) => Promise<Report | null> },
) =>
  resource({
    path: `/${thing}s`,
    param: thing,
    keyOf: ({ id }: { id: string; report: Report }) => id,
    async find(c, id) {
      const context = c.get('context')
      const report = await answered(context, thing, () => reports.read(context, id))
      return report && { id, report }
    },
    unknown: ['No such report', `There is no report under this id. The list of ${thing}s has them all.`],
    unanswered: UNREAD,
    notices: notices({ good: {} }),
  })
