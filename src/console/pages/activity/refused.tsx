/** Refused: the latest refusals. The log has a sample of a flood, and the bars count all. */
import { type RefusalRecord, classOf } from '../../../refusals/refusal.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { shownCursor } from '../../../store/sealed-cursor.ts'
import { REFUSAL_CODES, remedyOf } from '../../messages/refusal-remedies.ts'
import { answered } from '../../request-context.ts'
import { refusalPage } from '../../refusal-page.ts'
import { textIn } from '../filters.tsx'
import { optionsOf } from '../options.ts'
import { type Kind, named } from './kind.ts'
import type { ActivityRow } from './row.tsx'

const refusalRow = (refusal: RefusalRecord): ActivityRow => {
  const isAlarm = classOf(refusal) === 'alarm'
  return {
    id: refusal.requestId,
    atMs: refusal.atMs,
    tone: isAlarm ? 'bad' : 'plain',
    word: isAlarm ? 'alarm' : 'refused',
    who: refusal.network,
    source: refusal.source,
    detail: remedyOf(refusal.code).title,
  }
}

/** Strangers cause refusals without end, and would push an alarm off the page. */
const ALARMS = 10
const ALARMS_SINCE_MS = 2 * HOUR_MS

export const refusedIn = (query: URLSearchParams) => ({
  source: textIn(query, 'source'),
  code: textIn(query, 'code'),
  network: textIn(query, 'network'),
})

export const REFUSED: Kind = {
  show: 'refused',
  title: 'Refused',
  filters: [
    {
      name: 'code',
      label: 'Cause of refusal',
      options: optionsOf(REFUSAL_CODES, (code) => remedyOf(code).title),
    },
    { name: 'network', label: 'Network', placeholder: '198.51.100.0/24' },
  ],
  async read(c, { query, limit, cursor, sinceMs, untilMs, isMixed }) {
    const context = c.get('context')
    const asked = { ...refusedIn(query), sinceMs, untilMs }
    const [{ refusals, next }, alarms] = await Promise.all([
      refusalPage(context, { ...asked, cursor, limit }),
      // Above the first page, however old the refusals below are.
      isMixed || cursor !== undefined
        ? []
        : answered(context, 'alarms', () =>
            context.refusalLog.latest({ ...asked, class: 'alarm', limit: ALARMS }),
          ),
    ])
    const recent = (alarms ?? []).filter(({ atMs }) => atMs >= context.nowMs - ALARMS_SINCE_MS)
    const ids = new Set(recent.map(({ requestId }) => requestId))
    return {
      rows: [...recent, ...refusals.filter(({ requestId }) => !ids.has(requestId))].map(refusalRow),
      next,
      cursorAt: async (index) => shownCursor(context.store, placeBefore(refusals[index]?.position ?? '')),
    }
  },
  empty: 'Nothing was refused in the last 25 hours.',
  same: {
    command: 'refusals',
    path: '/api/refusals',
    of: named({ source: 'source', code: 'code', network: 'network' }),
  },
}

/** No report has so many refusals. */
const LAST = 999

/** The place before the one of a refusal, which has the number of a report, and its own in it. */
function placeBefore(position: string): string {
  const [report = 0, index = 0] = position.split('.').map(Number)
  return index === 0 ? `${report + 1}.${LAST}` : `${report}.${index - 1}`
}
