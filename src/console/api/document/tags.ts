/** What the routes are about, in the order in which a reader wants them. */
import type { Route } from '../route.ts'
import type { Tag } from './form.ts'

const TAGS: readonly Tag[] = [
  { name: 'sources', description: 'Who may send, and how they prove themselves.' },
  { name: 'secrets', description: 'Versions of a source’s secrets: rotated, activated, revoked.' },
  {
    name: 'configuration',
    description: 'All sources at once, as documents: taken out, planned, brought in.',
  },
  { name: 'events', description: 'What happened to whose mail.' },
  { name: 'messages', description: 'Where one message stands, for each of its recipients.' },
  { name: 'suppressions', description: 'Who must not be written to, and why. Ask before you send.' },
  { name: 'refusals', description: 'Deliveries that were turned away, and why.' },
  { name: 'quarantine', description: 'Authentic deliveries that could not be understood.' },
  { name: 'dead-letters', description: 'Events whose handler kept failing.' },
  { name: 'counters', description: 'How much happened, and how much was turned away.' },
  { name: 'health', description: 'Whether all that Postern stands on is there, and what waits.' },
  { name: 'me', description: 'Who you are, and what you may do.' },
  { name: 'tokens', description: 'API tokens: who may do what, and until when.' },
  { name: 'sessions', description: 'Who is logged in to the pages.' },
  { name: 'admin-token', description: 'The token that the first operator begins with.' },
  { name: 'audit', description: 'Who changed what, when and why, and whether somebody changed the log.' },
  { name: 'backups', description: 'All sources with their secrets in one sealed file, and the way back.' },
  { name: 'master-key', description: 'The key that everything rests under, and how it is replaced.' },
  { name: 'openapi', description: 'This document.' },
]

/** What is told under another noun than its path begins with. */
const UNDER: Readonly<Record<string, string>> = { restore: 'backups' }

/** The noun of its path; versions of secrets are a noun of their own below the source. */
export const tagOf = ({ path }: Pick<Route, 'path'>): string => {
  const nouns = path
    .replace('.json', '')
    .split('/')
    .filter((part) => part !== '' && part !== 'api' && !part.startsWith('{'))
  const [noun = ''] = nouns
  return nouns.includes('secrets') ? 'secrets' : (UNDER[noun] ?? noun)
}

/** Those that the routes have. One that nobody has described yet is there without a description; a test finds it. */
export function tagsOf(routes: readonly Route[]): Tag[] {
  const used = new Set(routes.map(tagOf))
  const known = TAGS.filter(({ name }) => used.has(name))
  const unknown = [...used].filter((name) => !TAGS.some((tag) => tag.name === name))
  return [...known, ...unknown.map((name) => ({ name, description: '' }))]
}
