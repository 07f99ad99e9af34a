/** The tags of the routes, in the order for readers. */
import type { AnyRoute } from '../../../api/route.ts'
import type { Tag } from './form.ts'

const TAGS: readonly Tag[] = [
  { name: 'sources', description: 'Who may send, and how they prove themselves.' },
  { name: 'providers', description: 'The ESPs that a source can name, and what to click there.' },
  { name: 'destinations', description: 'Where events are sent to, signed.' },
  { name: 'channels', description: 'Where people hear of incidents.' },
  {
    name: 'secrets',
    description: 'Versions of the secrets of sources and destinations: rotated, activated, revoked.',
  },
  {
    name: 'configuration',
    description: 'All sources, destinations and channels at once, as documents: export, plan, apply.',
  },
  { name: 'events', description: 'What happened to whose mail.' },
  { name: 'archive', description: 'The events as Parquet files, for months and years.' },
  { name: 'people', description: 'Whose mail the events are about.' },
  { name: 'messages', description: 'Where one message stands, for each of its recipients.' },
  { name: 'suppressions', description: 'Who must not be written to, and why. Ask before you send.' },
  {
    name: 'addresses',
    description:
      'Whether addresses take mail: checks, lists that are checked in the background, and the service that may be asked.',
  },
  { name: 'policy', description: 'Which bounces suppress an address, and for how long.' },
  { name: 'refusals', description: 'Deliveries that were refused, and why.' },
  { name: 'incidents', description: 'What the watch found, what was done about it, and what is left to do.' },
  { name: 'containments', description: 'What is blocked, paused, raised or rotated for a time.' },
  { name: 'quarantine', description: 'Authentic deliveries that could not be understood.' },
  { name: 'dead-letters', description: 'Messages that could not be processed.' },
  { name: 'counters', description: 'How many events were stored, and how many deliveries were refused.' },
  {
    name: 'deliverability',
    description: 'What became of the mail, by campaign, mailbox provider, type of bounce, source or day.',
  },
  { name: 'health', description: 'Whether the services that Postern needs answer, and how much is waiting.' },
  { name: 'tokens', description: 'API tokens: who may do what, and until when.' },
  { name: 'sessions', description: 'Who you are, what you may do, and who is logged in to the pages.' },
  { name: 'admin-token', description: 'The token of the first operator.' },
  { name: 'audit', description: 'Who changed what, when and why, and whether somebody changed the log.' },
  {
    name: 'retention',
    description: 'For how long each kind of thing is kept, and what is held beyond that.',
  },
  {
    name: 'backups',
    description:
      'All sources, destinations and channels with their secrets in one sealed file, and the way back.',
  },
  { name: 'drills', description: 'Recovery that was practised: reports of drills.' },
  { name: 'master-key', description: 'The key that encrypts everything at rest, and how to replace it.' },
  { name: 'openapi', description: 'This document.' },
]

/** Tags that differ from the first noun of the path. */
const UNDER: Readonly<Record<string, string>> = { restore: 'backups', me: 'sessions' }

/** The noun of its path; versions of secrets are a noun of their own below the source. */
export const tagOf = ({ path }: Pick<AnyRoute, 'path'>): string => {
  const nouns = path
    .replace('.json', '')
    .split('/')
    .filter((part) => part !== '' && part !== 'api' && !part.startsWith('{'))
  const [noun = ''] = nouns
  return nouns.includes('secrets') ? 'secrets' : (UNDER[noun] ?? noun)
}

/** Tags used by the routes. A tag without an entry in `TAGS` is listed without a description; a test fails for it. */
export function tagsOf(routes: readonly AnyRoute[]): Tag[] {
  const used = new Set(routes.map(tagOf))
  const known = TAGS.filter(({ name }) => used.has(name))
  const unknown = [...used].filter((name) => !TAGS.some((tag) => tag.name === name))
  return [...known, ...unknown.map((name) => ({ name, description: '' }))]
}
