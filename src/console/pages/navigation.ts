/** Where one can go from every page: at most eight entries, some with tabs. A page that somebody may not see is not there. */
import { type Actor, may, mayEverywhere, seesAll } from '../access/actor.ts'

export interface Place {
  readonly href: string
  readonly text: string
  /** Absent if everybody sees it. */
  readonly isShownTo?: (actor: Actor) => boolean
}

export interface Entry extends Place {
  /** The letter that leads to it after `g`. */
  readonly key: string
  readonly group: 'Watch' | 'Mail' | 'Pipes' | 'Repair' | 'Admin'
  /** The first is the entry itself. */
  readonly tabs?: readonly Place[]
  /** Beginnings of the addresses of other pages that belong to it. */
  readonly also?: readonly string[]
  readonly counts?: 'incidents'
}

export const isOperator = (actor: Actor): boolean => may(actor, 'operator')
/** Suppressions are addresses, and belong to no source. */
const seesPeople = (actor: Actor): boolean => mayEverywhere(actor, 'operator')
const isAdmin = (actor: Actor): boolean => mayEverywhere(actor, 'admin')

export const NAVIGATION: readonly Entry[] = [
  {
    key: 'o',
    group: 'Watch',
    href: '/',
    text: 'Overview',
    tabs: [
      { href: '/', text: 'Overview' },
      { href: '/deliverability', text: 'Deliverability' },
    ],
  },
  {
    key: 'i',
    group: 'Watch',
    href: '/incidents',
    text: 'Incidents',
    counts: 'incidents',
    tabs: [
      { href: '/incidents', text: 'Incidents' },
      { href: '/channels', text: 'Channels', isShownTo: seesAll },
    ],
  },
  {
    key: 'e',
    group: 'Mail',
    href: '/events',
    text: 'Events',
    also: ['/messages/', '/people/', '/requests/', '/search'],
  },
  {
    key: 'u',
    group: 'Mail',
    href: '/suppressions',
    text: 'Suppressions',
    isShownTo: seesPeople,
    tabs: [
      { href: '/suppressions', text: 'Suppressions', isShownTo: seesPeople },
      { href: '/erasures', text: 'Erasures', isShownTo: seesPeople },
    ],
  },
  { key: 's', group: 'Pipes', href: '/sources', text: 'Sources' },
  { key: 'd', group: 'Pipes', href: '/destinations', text: 'Destinations', isShownTo: seesAll },
  {
    key: 'r',
    group: 'Repair',
    href: '/refusals',
    text: 'Repair',
    tabs: [
      { href: '/refusals', text: 'Refusals' },
      { href: '/quarantine', text: 'Quarantine' },
      { href: '/dead-letters', text: 'Dead letters' },
    ],
  },
  {
    key: 'a',
    group: 'Admin',
    href: '/access',
    text: 'Admin',
    tabs: [
      { href: '/access', text: 'Access' },
      { href: '/audit', text: 'Audit', isShownTo: isAdmin },
      { href: '/backups', text: 'Backups', isShownTo: isAdmin },
      { href: '/drills', text: 'Drills', isShownTo: seesAll },
      { href: '/archive', text: 'Archive', isShownTo: seesAll },
      { href: '/retention', text: 'Retention', isShownTo: seesAll },
      { href: '/settings', text: 'Settings' },
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
