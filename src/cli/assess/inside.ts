/** Probes that ask the API of the console how it is set up. */
import { channelRoutes } from '../../api/channels.ts'
import { type Destination, destinationRoutes } from '../../api/destinations.ts'
import { masterKeyRoutes } from '../../api/master-key.ts'
import { retentionRoutes, settingsOf } from '../../api/retention.ts'
import { sessionRoutes } from '../../api/sessions.ts'
import { type Source, sourceRoutes } from '../../api/sources.ts'
import { TOKEN_DAYS_DEFAULT, type Token, tokenRoutes } from '../../api/tokens.ts'
import { DAY_MS } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import { usableMethods } from '../../registry/secrets/methods.ts'
import type { Probe, Weakness } from './probe.ts'

/** In the audit log and in sessions, whoever came in with `ADMIN_TOKEN`. */
const ADMIN = 'admin'
/** A year: people who knew it have left by then. */
const OLD_DAYS = 365
/** Time enough to switch a sender to a new value. */
const BESIDE_DAYS = 30
/** Every row is read for the master key. */
const RESTING_DEADLINE_MS = 120_000
/** Settings of retention for data about people. */
const PERSONAL = /^(?:events|archive|quarantine|dead_letters|attempts|incidents)$/

export const INSIDE: readonly Probe[] = [
  {
    id: 'unbound-deliveries',
    title: 'Deliveries are signed, or come from known networks only.',
    severity: 'high',
    remedy: 'Switch on signing at the ESP. Else list its networks in allowedIps, and set requireSourceIp.',
    async *run({ api }) {
      for (const one of await api().list(sourceRoutes.listSources, {}, null)) yield* unbound(one)
    },
  },
  {
    id: 'old-secrets',
    title: 'Secrets are rotated in time.',
    severity: 'medium',
    remedy: 'Rotate the secret: postern secrets rotate, postern destinations rotate.',
    async *run({ api, nowMs }) {
      for (const one of await api().list(sourceRoutes.listSources, {}, null)) {
        const slots = providerNamed(one.provider)?.secrets
        // The age of a public key is no weakness.
        const secret = one.rotations.filter(({ slot }) => slots?.[slot]?.endsWith('-public') !== true)
        yield* oldSecrets(`source ${one.name}`, { ...one, rotations: secret }, nowMs())
      }
      for (const one of await api().list(destinationRoutes.listDestinations, {}, null))
        yield* oldSecrets(`destination ${one.name}`, one, nowMs())
    },
  },
  {
    id: 'endless-tokens',
    title: 'Each way in belongs to one person or program, and ends.',
    severity: 'medium',
    remedy: 'postern tokens create makes another with a near end and the least role. Then revoke this one.',
    async *run({ api, nowMs }) {
      const isUsedHere = (await api().call(sessionRoutes.getMe)).actor === ADMIN
      const { sessions } = await api().call(sessionRoutes.listSessions)
      if (isUsedHere || sessions.some(({ actor }) => actor === ADMIN))
        yield {
          subject: 'ADMIN_TOKEN',
          evidence: `ADMIN_TOKEN never ends and belongs to nobody, and ${isUsedHere ? 'this assessment was made with it' : 'a session of it is open'}.`,
          remedy:
            'Make an admin token for each person (postern tokens create), then refuse this one: postern admin-token retire.',
        }
      for (const one of (await api().call(tokenRoutes.listTokens)).tokens) yield* endlessToken(one, nowMs())
    },
  },
  {
    id: 'no-channel',
    title: 'Somebody is told of attacks and faults.',
    severity: 'high',
    remedy: 'Add a channel for the incidents of all sources, then test it: docs/channels.md.',
    async *run({ api }) {
      const { channels } = await api().call(channelRoutes.listChannels)
      const sending = channels.filter(({ paused, status }) => !paused && status?.state !== 'broken')
      if (sending.length === 0)
        yield { evidence: `None of ${channels.length} channels sends, so nobody is told of an incident.` }
      else if (sending.every((one) => one.sources !== undefined || one.minimum_severity === 'critical'))
        yield {
          severity: 'medium',
          evidence:
            'Each channel is for some sources or critical incidents, so nobody is told of the others.',
        }
    },
  },
  {
    id: 'retention-unset',
    title: 'Data about people is kept for a time that somebody has chosen.',
    severity: 'low',
    remedy: 'Choose the days and save them: postern retention set FILE, see docs/retention.md.',
    async *run({ api }) {
      const { version, kinds } = await api().call(retentionRoutes.getRetention)
      if (version === 0)
        yield { evidence: 'No retention document was ever saved, so the defaults decide what is removed.' }
      for (const { setting, days } of settingsOf(kinds))
        if (days === null && PERSONAL.test(setting))
          yield { subject: setting, severity: 'medium', evidence: `${setting} is kept without limit.` }
    },
  },
  {
    id: 'unfinished-master-key',
    title: 'One master key opens what is stored.',
    severity: 'medium',
    remedy:
      'npm run rotate-master-key goes on where the last run ended, and removes an old key fourteen days after the change: docs/deploying.md.',
    async *run({ api }) {
      const {
        newest,
        versions,
        still_needed: needed,
      } = await api().call(masterKeyRoutes.getMasterKey, {
        deadlineMs: RESTING_DEADLINE_MS,
      })
      const isNeeded = needed.length > 0
      if (isNeeded || versions.length > 1)
        yield {
          severity: isNeeded ? 'medium' : 'low',
          evidence: isNeeded
            ? `The newest master key is version ${newest}, and something is still sealed with version ${needed.join(', ')}.`
            : 'An old master key is still configured, and nothing that was counted needs it.',
        }
    },
  },
]

/** Credentials that do not cover the body of a delivery: whoever sees one request can send others. */
function* unbound(source: Source): Generator<Weakness> {
  const provider = providerNamed(source.provider)
  if (provider === undefined) return
  const filled = new Set(Object.keys(source.secrets).filter((slot) => (source.secrets[slot] ?? 0) > 0))
  const usable = usableMethods(provider, source, filled)
  const open = usable.filter(({ covers }) => covers !== 'body')
  // If all methods are needed, the strongest one counts.
  if (source.auth.require === 'all' ? open.length < usable.length : open.length === 0) return
  const hasNetworks = (source.allowedIps ?? provider.publishedNetworks ?? source.allowedAsns) !== undefined
  if (hasNetworks && (source.requireSourceIp || source.level === 'maximum')) return
  const subject = `source ${source.name}`
  const methods = open.map(({ name }) => name).join(', ')
  const seen = `The source ${source.name} accepts a proof that does not cover the body of a delivery: ${methods}.`
  const put = `postern sources show ${source.name} prints the document, postern sources put replaces it.`
  const networks = provider.offeredNetworks?.join(', ') ?? 'if it publishes them'
  if (hasNetworks)
    yield {
      subject,
      severity: 'medium',
      evidence: `${seen} Its level tolerates deliveries from other networks than those that are listed.`,
      remedy: `Set requireSourceIp: ${put}`,
    }
  else
    yield {
      subject,
      evidence: `${seen} No networks are listed.`,
      ...(!provider.authMethods.some(({ covers }) => covers === 'body') && {
        remedy: `${provider.title} cannot sign the body. Compare its networks with its pages (${networks}), list them in allowedIps, and set requireSourceIp: ${put}`,
      }),
    }
}

function* oldSecrets(
  owner: string,
  { rotations, secret_versions: versions }: Pick<Source | Destination, 'rotations' | 'secret_versions'>,
  nowMs: number,
): Generator<Weakness> {
  for (const { slot } of rotations) {
    const active = versions
      .filter((one) => one.slot === slot && one.state === 'active')
      .toSorted((a, b) => a.version - b.version)
    const [oldest] = active
    const newest = active.at(-1)
    if (oldest === undefined || newest === undefined) continue
    const days = Math.floor((nowMs - Date.parse(newest.activated_at ?? newest.created_at)) / DAY_MS)
    const subject = `${owner}, ${slot}`
    const which = `${slot} of the ${owner}`
    if (oldest !== newest && days > BESIDE_DAYS)
      yield {
        subject,
        evidence: `Version ${oldest.version} of ${which} is still valid, ${days} days after version ${newest.version} came into use.`,
        remedy: `Revoke version ${oldest.version} if nobody uses it any more.`,
      }
    else if (days > OLD_DAYS)
      yield { subject, severity: 'low', evidence: `${which} has been in use for ${days} days.` }
  }
}

/** API tokens that are valid for long, or forgotten. */
function* endlessToken(token: Token, nowMs: number): Generator<Weakness> {
  const { id, role, sources, created_at: made, expires_at: ends, last_used_at: used } = token
  const leftDays = Math.ceil((Date.parse(ends) - nowMs) / DAY_MS)
  if (token.revoked_at !== null || leftDays <= 0) return
  const subject = `token ${id}`
  const unusedDays = Math.floor((nowMs - Date.parse(used ?? made)) / DAY_MS)
  const validity = `The token ${id} is valid for ${leftDays} more days`
  if (unusedDays >= TOKEN_DAYS_DEFAULT)
    yield { subject, evidence: `${validity}, and has not been used for ${unusedDays} days.` }
  else if (leftDays > TOKEN_DAYS_DEFAULT && (role !== 'viewer' || sources === null))
    yield {
      subject,
      severity: role === 'admin' ? 'medium' : 'low',
      evidence: `${validity}, with the role ${role}.`,
    }
}
