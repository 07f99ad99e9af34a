/** Where one can go from every page: at most eight entries, some with tabs. A page that somebody may not see is not there. */
import { type Actor, mayEverywhere, seesAll } from '../access/actor.ts'

export interface Place {
  readonly href: string
  readonly text: string
  /** Absent if everybody sees it. */
  readonly isShownTo?: (actor: Actor) => boolean
}

export interface Entry extends Place {
  /** The letter that leads to it after `g`. */
  readonly key: string
  /** Path of its sign, in a square of 16. */
  readonly icon: string
  /** Whether a line stands above it. */
  readonly beginsGroup?: true
  /** Whether it has no room in the bar of a phone, and is in the menu of the account there. */
  readonly isWideOnly?: true
  /** The first is the entry itself. */
  readonly tabs?: readonly Place[]
  /** Beginnings of the addresses of other pages that belong to it. */
  readonly also?: readonly string[]
  readonly counts?: 'incidents'
}

/** Suppressions are addresses, and belong to no source. */
const seesPeople = (actor: Actor): boolean => mayEverywhere(actor, 'operator')
const isAdmin = (actor: Actor): boolean => mayEverywhere(actor, 'admin')

export const NAVIGATION: readonly Entry[] = [
  { key: 'h', icon: 'M2.5 7.5 8 3l5.5 4.5V13H9.5V9.5h-3V13h-4z', href: '/', text: 'Home' },
  {
    key: 'i',
    icon: 'M8 2.5 14 13H2zM8 6.5v3M8 11v.5',
    href: '/incidents',
    text: 'Incidents',
    counts: 'incidents',
    tabs: [
      { href: '/incidents', text: 'Incidents' },
      { href: '/channels', text: 'Who is told', isShownTo: seesAll },
    ],
  },
  {
    key: 'a',
    icon: 'M1.5 8.5h3l2-5 3 9 2-4h3',
    href: '/activity',
    text: 'Activity',
    also: ['/d/', '/quarantine/', '/dead-letters/', '/search'],
  },
  {
    key: 'b',
    icon: 'M3 13V8M8 13V3M13 13V6',
    href: '/deliverability',
    text: 'Deliverability',
    isWideOnly: true,
  },
  { key: 's', icon: 'M8 2v7M5 6.5 8 9.5l3-3M3 13h10', href: '/sources', text: 'Sources', beginsGroup: true },
  {
    key: 'd',
    icon: 'M8 10V3M5 5.5l3-3 3 3M3 13h10',
    href: '/destinations',
    text: 'Destinations',
    isShownTo: seesAll,
  },
  {
    key: 'u',
    icon: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4 4l8 8',
    href: '/suppressions',
    text: 'Suppressions',
    isShownTo: seesPeople,
    beginsGroup: true,
    isWideOnly: true,
    also: ['/people/'],
    tabs: [
      { href: '/suppressions', text: 'Suppressions', isShownTo: seesPeople },
      { href: '/erasures', text: 'Erasures', isShownTo: seesPeople },
    ],
  },
  {
    key: 't',
    icon: 'M2 5h7M12 5h2M2 11h2M7 11h7M10.5 3.5v3M5.5 9.5v3',
    href: '/system',
    text: 'Settings',
    also: ['/settings/', '/retention/', '/archive/', '/look'],
    tabs: [
      { href: '/system', text: 'System' },
      { href: '/access', text: 'Access' },
      { href: '/access/audit', text: 'Audit', isShownTo: isAdmin },
    ],
  },
]

/** Whether a page has this address, or one below it. */
export const isUnder = (path: string, href: string): boolean =>
  path === href || (href !== '/' && path.startsWith(href.endsWith('/') ? href : `${href}/`))

/** The entry that a page belongs to; undefined if it is not in the navigation, as the log-in. */
export const entryOf = (path: string): Entry | undefined =>
  NAVIGATION.find(({ href, tabs = [], also = [] }) =>
    [href, ...tabs.map((tab) => tab.href), ...also].some((start) => isUnder(path, start)),
  )

export const shownTo = <P extends Place>(actor: Actor, places: readonly P[]): readonly P[] =>
  places.filter(({ isShownTo }) => isShownTo?.(actor) ?? true)
