/** The one thing that ends a finding, by its kind. A new kind is a name in `src/watch/names.ts` and a row here. */
import type { Finding } from '../../../api/health.ts'
import type { Role } from '../../../registry/operators/operator.ts'
import { OF_QUEUES } from '../../../watch/operations/facts.ts'
import { type Actor, may } from '../../access/actor.ts'
import { segment } from '../activity/kind.ts'
import { CHANNELS } from '../channels/resource.ts'
import { DESTINATIONS } from '../destinations/resource.ts'
import { INCIDENTS, containPath } from '../incidents/resource.ts'
import { SOURCES } from '../sources/resource.ts'

/** As much of a finding as leads to its place. */
type About = Pick<Finding, 'kind' | 'source' | 'subject' | 'incident'>

interface Act {
  readonly label: string
  readonly path: (finding: About) => string
  /** Needed for it. Others only look. */
  readonly role?: Role
  /** Whether it opens above Home. */
  readonly opens?: true
}

const ofSource =
  (end: string) =>
  ({ source }: About): string =>
    source === null ? SOURCES.path : SOURCES.pathOf(source) + end
const ofDestination =
  (end: string) =>
  ({ subject }: About): string =>
    subject === null ? DESTINATIONS.path : DESTINATIONS.pathOf(subject) + end
const ofChannel =
  (end: string) =>
  ({ subject }: About): string =>
    subject === null ? CHANNELS.path : CHANNELS.pathOf(subject) + end
const ofIncident = ({ incident }: About): string =>
  incident === null ? INCIDENTS.path : INCIDENTS.pathOf(incident)
const at = (path: string) => () => path

/** Of what an incident's page tells first. */
const LOOK: Act = { label: 'Look', path: ofIncident }
const BLOCK: Act = {
  label: 'Block the network',
  path: (finding) => (finding.incident === null ? ofIncident(finding) : containPath(finding.incident)),
  role: 'operator',
  opens: true,
}
const HEALTH: Act = { label: 'See the parts', path: at('/system#health') }

export const ACTIONS: Readonly<Record<string, Act>> = {
  brute_force: BLOCK,
  brute_force_spread: LOOK,
  brute_force_slow: BLOCK,
  replay: LOOK,
  token_reuse: LOOK,
  address: LOOK,
  payload: LOOK,
  drift: { label: 'See the payloads', path: ofIncident },
  silence: LOOK,
  surge: LOOK,
  bounce_share: { label: 'Find the campaign', path: ofIncident },
  complaint_share: { label: 'Find the campaign', path: ofIncident },
  lag: LOOK,
  unusual: LOOK,
  secret_due: { label: 'Rotate the secret', path: ofSource('/settings#secrets'), role: 'operator' },
  dependency_down: HEALTH,
  bucket_down: HEALTH,
  night_failed: HEALTH,
  queue_backlog: HEALTH,
  dead_letters: {
    label: 'Send them again',
    path: (finding) => (finding.subject === OF_QUEUES ? segment('gave-up') : ofDestination('')(finding)),
    role: 'operator',
  },
  destination_failing: { label: 'Test it', path: ofDestination('/test'), role: 'operator', opens: true },
  guard_degraded: LOOK,
  reader_behind: LOOK,
  channel_failing: {
    label: 'Fix the channel',
    path: ofChannel('/edit'),
    role: 'admin',
    opens: true,
  },
  mailbox_wave: { label: 'See the policy', path: at('/suppressions/policy'), role: 'operator', opens: true },
  store_filling: { label: 'Keep less', path: at('/retention/edit'), role: 'admin', opens: true },
  archive_behind: { label: 'See the archive', path: at('/system#archive') },
  webhook_off: { label: 'Mend it', path: ofSource('/mend'), role: 'operator', opens: true },
  sync_stopped: {
    label: 'See how they differ',
    path: ofSource('/suppression-sync'),
    role: 'operator',
    opens: true,
  },
  drill_due: { label: 'Practice it', path: at('/system#drills') },
  source_closed: { label: 'Paste the key', path: ofSource('/setup/secret'), role: 'operator' },
  source_refused: { label: 'See why', path: ofSource('#refused') },
  source_observes: { label: 'Let events in', path: ofSource('/settings#settings'), role: 'operator' },
  source_quiet: { label: 'Set it up', path: ofSource('/setup') },
  secret_waits: { label: 'Hand it over', path: ofSource('/settings#secrets'), role: 'operator' },
  provider_stale: HEALTH,
  messages_retried: HEALTH,
  quarantined: { label: 'Read them again', path: at(segment('quarantined')), role: 'operator' },
  destination_note: { label: 'Look', path: ofDestination('') },
  address_service: {
    label: 'Set another key',
    path: at('/suppressions/addresses/service'),
    role: 'admin',
    opens: true,
  },
  watch_behind: HEALTH,
  consumer_silent: HEALTH,
  watch_silent: HEALTH,
  master_key: HEALTH,
  migrations_missing: HEALTH,
}

/** Where a finding is told at length. */
export function pathOf(finding: About): string {
  const { kind, source, incident } = finding
  if (incident !== null) return INCIDENTS.pathOf(incident)
  if (source !== null) return SOURCES.pathOf(source)
  if (kind.startsWith('destination_')) return ofDestination('')(finding)
  if (kind.startsWith('channel_')) return ofChannel('')(finding)
  const { path, opens = false } = ACTIONS[kind] ?? LOOK
  // A form tells nothing, and not everybody may open it.
  return (opens ? HEALTH.path : path)(finding)
}

/** The button of a finding. A kind that an upgrade has removed is looked at. */
export function actionOf(finding: About, actor: Actor) {
  const { label, path, role, opens = false } = ACTIONS[finding.kind] ?? LOOK
  return role === undefined || may(actor, role)
    ? { label, href: path(finding), opens }
    : { label: LOOK.label, href: pathOf(finding), opens: false }
}
