/**
 * The live list. Rows come by server-sent events, some twenty a second at most. They wait while somebody reads, and no stream is open
 * while the page is hidden.
 */
import { fragmentOf } from './html.ts'
import { refreshAges } from './times.ts'

/** In the list. Older ones go from its end. */
const ROWS_MAX = 200
const RETRY_MS = 30_000
const LOOK_EVERY_MS = 1_000
/** A rate is of the last second. */
const RATE_MS = 3_000

/** As `live/row-stream.ts` sends it. */
interface Message {
  readonly rows: readonly string[]
  readonly perSecond: number | null
  readonly isCut: boolean
}

export function followList(): void {
  const bar = document.querySelector<HTMLElement>('[data-live]')
  const [state, rate, pause, show] = ['state', 'rate', 'pause', 'show'].map((name) =>
    bar?.querySelector<HTMLElement>(`[data-live-${name}]`),
  )
  if (bar === null || !state || !rate || !pause || !show) return
  const body = document.querySelector<HTMLTableSectionElement>('main tbody')
  const url = new URL(bar.dataset['live'] ?? '', location.href)
  let stream: EventSource | undefined
  let waiting: HTMLTableRowElement[] = []
  let isPaused = false
  let rateUntilMs = 0

  const say = (words: string): void => {
    if (state.textContent !== words) state.textContent = words
  }
  const close = (): void => {
    stream?.close()
    stream = undefined
  }
  const open = (): void => {
    stream = new EventSource(url)
    say('Connecting')
    stream.addEventListener('open', () => say('Live'))
    stream.addEventListener('full', () => say('Too many live lists are open: waits for a place'))
    stream.addEventListener('message', ({ data, lastEventId }: MessageEvent<string>) => {
      url.searchParams.set('after', lastEventId)
      take(JSON.parse(data) as Message)
    })
    stream.addEventListener('error', () => {
      if (stream?.readyState !== EventSource.CLOSED) return say('Reconnecting')
      close()
      say('Not live: tries again. If your session has ended, load the page again')
      setTimeout(update, RETRY_MS)
    })
  }
  /** Opens or closes the stream, as the reader wants. It goes on where it ended. */
  const update = (): void => {
    if (isPaused || document.hidden) close()
    else if (stream === undefined) open()
    if (isPaused) say('Paused')
    pause.textContent = isPaused ? 'Resume' : 'Pause'
  }
  const take = ({ rows, perSecond, isCut }: Message): void => {
    say('Live')
    waiting.push(...fragmentOf(rows.join('')).querySelectorAll('tr'))
    waiting = waiting.slice(-ROWS_MAX)
    if (perSecond !== null) {
      const count = `${isCut ? 'more than' : 'about'} ${perSecond.toLocaleString('en')}`
      rate.textContent = `, a sample of ${count} a second`
      rateUntilMs = Date.now() + RATE_MS
    }
    look()
  }
  const look = (): void => {
    if (Date.now() > rateUntilMs) rate.textContent = ''
    if (body !== null && !isPaused && !isRead(body, bar)) addAll()
    show.hidden = waiting.length === 0
    show.textContent = `Show ${waiting.length} new`
  }
  const addAll = (): void => {
    if (body === null) return location.reload()
    if (waiting.length === 0) return
    for (const row of waiting) insert(body, row)
    waiting = []
    refreshAges()
    while (body.rows.length > ROWS_MAX) body.deleteRow(-1)
  }

  pause.addEventListener('click', () => {
    isPaused = !isPaused
    update()
  })
  show.addEventListener('click', () => {
    addAll()
    look()
  })
  document.addEventListener('visibilitychange', update)
  setInterval(look, LOOK_EVERY_MS)
  bar.hidden = false
  update()
}

/** Whether rows would move under the eyes, the pointer or the focus of somebody. */
const isRead = (body: HTMLElement, bar: HTMLElement): boolean =>
  bar.getBoundingClientRect().top < 0 ||
  getSelection()?.isCollapsed === false ||
  body.contains(document.activeElement) ||
  (matchMedia('(hover: hover)').matches && body.matches(':hover'))

/** Puts a row where it belongs by its time, unless it is there or belongs to an older page. */
function insert(body: HTMLTableSectionElement, row: HTMLTableRowElement): void {
  const rows = [...body.rows]
  if (rows.some((one) => keyOf(one) === keyOf(row))) return
  const next = rows.find((one) => timeOf(one) <= timeOf(row))
  if (next !== undefined) next.before(row)
  else if (document.querySelector('[rel="next"]') === null) body.append(row)
}

const keyOf = (row: HTMLElement): string | undefined => row.querySelector('a')?.href
const timeOf = (row: HTMLElement): string => row.querySelector('time')?.dateTime ?? ''
