/** Times in the zone of the reader. The server writes them in UTC until it knows the zone by a cookie. */

const COOKIE = 'postern_zone'
const YEAR_SECONDS = 31_536_000
const TICK_MS = 10_000

/** The zone that the cookie names; undefined if there is none. */
const chosenZone = (): string | undefined => {
  const pair = document.cookie.split('; ').find((one) => one.startsWith(`${COOKIE}=`))
  return pair === undefined ? undefined : decodeURIComponent(pair.slice(COOKIE.length + 1))
}

/** Remembers the zone of this machine, and turns the clocks of the first page that was written without it. */
export function localTimes(): void {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (chosenZone() === undefined && own !== undefined) {
    document.cookie = `${COOKIE}=${encodeURIComponent(own)}; path=/; max-age=${YEAR_SECONDS}; samesite=strict`
    turn(own)
  }
  setInterval(refreshAges, TICK_MS)
}

/** Writes clocks in a zone. */
function turn(timeZone: string): void {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const today = clock.format(Date.now()).slice(0, 10)
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
    const shown = time.querySelector('.clock')
    const text = clock.format(new Date(time.dateTime))
    if (shown !== null) shown.textContent = text.startsWith(today) ? text.slice(11) : text
  }
  for (const name of document.querySelectorAll('[data-zone]')) name.textContent = timeZone
}

const STEPS = [
  [60, 1, 's'],
  [7_200, 60, 'min'],
  [172_800, 3_600, 'h'],
  [Number.POSITIVE_INFINITY, 86_400, 'days'],
] as const

/** As `messages/time.ts` writes it. */
export function refreshAges(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
    const seconds = Math.trunc((Date.now() - Date.parse(time.dateTime)) / 1000)
    const [, unitSeconds, unit] = STEPS.find(([under]) => seconds < under) ?? STEPS[3]
    const shown = time.querySelector('.ago')
    const count = (unitSeconds < 3_600 ? Math.trunc : Math.round)(seconds / unitSeconds)
    if (shown !== null && seconds > 0) shown.textContent = `${count} ${unit} ago`
  }
}
