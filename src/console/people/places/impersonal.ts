/** Places that hold nothing of those whom mail is sent to, and why. */
import type { Place } from './place.ts'

const impersonal = (name: string, why: string, stored: readonly string[]): Place => ({
  name,
  stored,
  holds: null,
  why,
})

export const IMPERSONAL: readonly Place[] = [
  impersonal('figures', 'Numbers of events by source, time and type.', ['D1 counters', 'D1 deliverability']),
  impersonal('progress', 'Positions, times and names of files.', [
    'D1 history', 'D1 retention_progress', 'D1 archive_files', 'D1 archive_progress', 'D1 retrying', 'D1 large_deliveries',
    'Archive positions',
  ]), // prettier-ignore
  impersonal('store_keys', 'Keys of the whole store, wrapped.', ['D1 store_keys']),
  impersonal('domains', 'Bits by a keyed hash of the domain, shared by many people.', ['Archive domains']),
  impersonal('audit', 'A keyed mark stands for each address. Names of operators stay.', ['Registry audit']),
  impersonal('access', 'Names of operators, hashes of tokens and sessions.', [
    'Registry tokens',
    'Registry sessions',
  ]),
  impersonal('sources', 'Settings of sources and encrypted secrets.', [
    'Registry sources', 'Registry secrets', 'Registry links', 'Registry leaks', 'Registry pending_installs',
    'Registry pending_notifications', 'Registry containments',
  ]), // prettier-ignore
  impersonal('guard', 'Digests of deliveries.', ['Guard hash_buckets', 'Guard kept', 'Guard kv']),
  impersonal('refusals', 'Codes, numbers and /24 or /48 networks.', [
    'RefusalLog latest', 'RefusalLog minutes', 'RefusalLog arrived', 'RefusalLog kv', 'Collector kv',
  ]), // prettier-ignore
  impersonal('watch', 'Numbers by source and minute, networks, positions.', [
    'SourceWatcher recent', 'SourceWatcher states', 'SourceWatcher past', 'SourceWatcher kv', 'Incidents verified', 'Incidents kv',
    'Destination kv', 'Archive kv',
  ]), // prettier-ignore
  impersonal('notices', 'Numbers of incidents, times, errors in our words.', [
    'Incidents channel_states', 'Incidents channel_notices',
  ]), // prettier-ignore
]
