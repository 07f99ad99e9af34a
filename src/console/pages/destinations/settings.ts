/** The settings of a destination that stand alone in its form: each with its meaning and default. */
import { type Group, type Setting, setting } from '../setting-fields.tsx'

const PERSONAL = [
  ['full', 'everything'],
  ['pseudonym', 'a keyed hash in place of the address'],
  ['none', 'nothing that names a person'],
] as const

export const GROUPS: readonly Group[] = [
  {
    title: 'What is sent',
    settings: [
      { ...setting('personal', 'Of a person', ''), options: PERSONAL },
      setting('tells_erasures', 'Tell it of each person who is erased', 'It gets the event person.erased. Cannot be combined with “nothing that names a person”.', 'check'),
      setting('batch.max_events', 'Events in a request', 'Up to 1,000 as one array. Empty: one.', 'number'),
      setting('batch.max_wait_seconds', 'Longest wait for a full batch, in seconds', 'Empty: 5.', 'number'),
      setting('ordered', 'One after the other for the same message and recipient', 'If one fails, later ones wait behind it. Not together with batches.', 'check'),
    ],
  },
  {
    title: 'How fast',
    settings: [
      setting('rate_per_second', 'Requests a second', 'Empty: no limit.', 'number'),
      setting('concurrency', 'Requests at the same time', '1 to 6: Cloudflare opens no more connections at once. Default: 4.', 'number'),
      setting('timeout_seconds', 'Longest answer, in seconds', '1 to 30. Default: 15.', 'number'),
    ],
  },
  {
    title: 'Proof',
    settings: [
      setting('ed25519', 'Sign with Ed25519 as well', 'The receiver then checks with a public key, and holds nothing that could sign.', 'check'),
    ],
  },
] // prettier-ignore

export const SETTINGS: readonly Setting[] = [
  setting('url', 'URL', '', 'url'),
  ...GROUPS.flatMap(({ settings }) => settings),
]
