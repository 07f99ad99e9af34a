/**
 * A cursor for charts: by pointer or arrow keys it reads the figures of a time from the table below, and a stretch that is dragged over
 * opens as the span of the page. Bars that are links have the stretch alone.
 */

const DRAG_MIN_PIXELS = 6

export function readCharts(root: ParentNode): void {
  for (const area of root.querySelectorAll<HTMLElement>('[data-chart], [data-zooms]')) addCursor(area)
}

function addCursor(area: HTMLElement): void {
  const numberOf = (name: string): number => Number(area.dataset[name])
  const [first, step, count] = [numberOf('first'), numberOf('step'), numberOf('count')]
  const title = area.dataset['title'] ?? ''
  const isRead = area.dataset['chart'] !== undefined
  const cells = isRead ? cellsOf(area) : new Map()
  const line = area.appendChild(document.createElement('i'))
  const output = document.createElement('output')
  if (isRead) area.closest('figure')?.append(output)
  // The last bar that is over: the one after it has only begun.
  let at = Math.max(0, numberOf('complete') - 1)
  let dragFrom: number | undefined

  const place = (from: number, to: number): void => {
    line.style.left = `${(from / count) * 100}%`
    line.style.width = `${((to - from) / count) * 100}%`
  }
  const show = (index: number): void => {
    at = Math.min(count - 1, Math.max(0, index))
    const [when, value] = cells.get(first + at * step) ?? [clockOf(first + at * step), 'nothing']
    if (isRead) {
      output.textContent = `${when} · ${value}`
      area.ariaValueNow = String(at)
      area.ariaValueText = output.textContent
    }
    if (dragFrom === undefined) place(at, at + 1)
    else place(Math.min(dragFrom, at), Math.max(dragFrom, at) + 1)
  }
  const indexAt = ({ clientX }: PointerEvent): number => {
    const { left, width } = area.getBoundingClientRect()
    return Math.floor(((clientX - left) / width) * count)
  }

  // A slider over time: what reads the screen says its value at each key.
  if (isRead) {
    area.tabIndex = 0
    area.role = 'slider'
    area.ariaLabel = `${title}, by time`
    area.ariaValueMin = '0'
    area.ariaValueMax = String(count - 1)
    show(at)
  }
  area.addEventListener('focus', () => show(at))
  area.addEventListener('pointermove', (event) => show(indexAt(event)))
  area.addEventListener('keydown', (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key]
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    show(to)
  })

  if (area.dataset['zooms'] === undefined) return
  let downX = 0
  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    event.preventDefault()
    area.setPointerCapture(event.pointerId)
    downX = event.clientX
    dragFrom = Math.max(0, indexAt(event))
  })
  area.addEventListener('pointerup', (event) => {
    const from = dragFrom
    dragFrom = undefined
    if (from === undefined || (isRead && Math.abs(event.clientX - downX) < DRAG_MIN_PIXELS)) return
    const [start, end] = [Math.min(from, at), Math.max(from, at) + 1]
    const url = new URL(location.href)
    url.searchParams.set('from', new Date(first + start * step).toISOString())
    url.searchParams.set('to', new Date(Math.min(Date.now(), first + end * step)).toISOString())
    for (const name of ['zone', 'cursor', 'newer']) url.searchParams.delete(name)
    location.assign(url)
  })
  area.addEventListener('pointercancel', () => (dragFrom = undefined))
}

/** Time and value by the start of each bin. Bins in which nothing happened have no row. */
function cellsOf({ dataset: { chart, column } }: HTMLElement): Map<number, readonly [string, string]> {
  const rows = document.querySelectorAll<HTMLTableRowElement>(`#${CSS.escape(chart ?? '')} tbody tr`)
  return new Map(
    [...rows].flatMap((row) => {
      const time = row.querySelector('time')
      const cell = row.cells[Number(column)]?.firstElementChild
      if (time === null || cell === null || cell === undefined) return []
      const words = [...cell.childNodes].map((one) => one.textContent?.trim()).filter(Boolean)
      const value = words.join(', ').replace(/^–none/, 'not known')
      return [[Date.parse(time.dateTime), [time.textContent?.trim() ?? '', value]]]
    }),
  )
}

const clockOf = (ms: number): string =>
  new Date(ms).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
