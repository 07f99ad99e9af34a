/** How somebody likes the pages to look. Cookies keep it; they say nothing of who it is. */

export const THEMES = ['system', 'light', 'dark'] as const
export const DENSITIES = ['comfortable', 'compact'] as const
export const KEYS = ['on', 'off'] as const

export interface Preferences {
  readonly theme: (typeof THEMES)[number]
  readonly density: (typeof DENSITIES)[number]
  /** Whether single keys do something. */
  readonly keys: (typeof KEYS)[number]
  /** Name of the time zone in the database of IANA. The script remembers that of the machine. */
  readonly zone: string
}

const LOOK_COOKIE = 'postern_look'
const ZONE_COOKIE = 'postern_zone'
const YEAR_SECONDS = 31_536_000

/** Unknown values are the defaults. */
export function preferencesIn(cookies: string): Preferences {
  const [theme, density, keys] = cookieIn(cookies, LOOK_COOKIE).split('.')
  const zone = cookieIn(cookies, ZONE_COOKIE)
  return {
    theme: oneOf(THEMES, theme),
    density: oneOf(DENSITIES, density),
    keys: oneOf(KEYS, keys),
    zone: isZone(zone) ? zone : 'UTC',
  }
}

/** The cookies that keep them. The script reads that of the zone. */
export const cookiesOf = ({ theme, density, keys, zone }: Preferences): readonly string[] => [
  cookie(LOOK_COOKIE, [theme, density, keys].join('.')),
  cookie(ZONE_COOKIE, encodeURIComponent(zone)),
]

const cookie = (name: string, value: string): string =>
  `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Strict`

export function cookieIn(cookies: string, name: string): string {
  const pair = cookies.split(/; ?/).find((one) => one.startsWith(`${name}=`))
  try {
    return decodeURIComponent(pair?.slice(name.length + 1) ?? '')
  } catch {
    return ''
  }
}

export const oneOf = <T extends string>(list: readonly [T, ...T[]], text: string | undefined): T =>
  list.find((one) => one === text) ?? list[0]

export function isZone(zone: string): boolean {
  // Every character of a name, and no offset, which some runtimes take as well.
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(zone)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
