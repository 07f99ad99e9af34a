/** Secrets of sources and destinations that are due for rotation, old, or still valid beside their successor. */
import { type Destination, destinationRoutes } from '../../../api/destinations.ts'
import { type Source, sourceRoutes } from '../../../api/sources.ts'
import { providerNamed } from '../../../providers/index.ts'
import { DAY_MS } from '../../../platform/time.ts'
import type { Probe, Weakness } from '../probe.ts'

/** A year: people who knew it have left by then. */
const OLD_DAYS = 365
/** Time enough to switch a sender to a new value. */
const BESIDE_DAYS = 30

type Owner = Pick<Source | Destination, 'rotations' | 'secret_versions'> & {
  /** `source shop`. */
  readonly label: string
  /** Where a secret of it is rotated. */
  readonly rotate: (slot: string) => string
  /** Whether a slot holds a public key. Its age is no weakness. */
  readonly isPublic: (slot: string) => boolean
}

export const oldSecrets: Probe = {
  id: 'old-secrets',
  title: 'Secrets are rotated in time.',
  severity: 'medium',
  remedy: 'Rotate the secret.',
  needs: 'token',
  async *run({ api, nowMs }) {
    for (const one of await api.list(sourceRoutes.listSources, {}, null))
      yield* weaknessesOf(
        {
          ...one,
          label: `source ${one.name}`,
          isPublic: (slot) => providerNamed(one.provider)?.secrets[slot]?.endsWith('-public') === true,
          rotate: (slot) => `postern secrets rotate ${one.name} ${slot}`,
        },
        nowMs(),
      )
    for (const one of await api.list(destinationRoutes.listDestinations, {}, null))
      yield* weaknessesOf(
        {
          ...one,
          label: `destination ${one.name}`,
          isPublic: () => false,
          rotate: (slot) => `postern destinations rotate ${one.name} ${slot}`,
        },
        nowMs(),
      )
  },
}

function* weaknessesOf(owner: Owner, nowMs: number): Generator<Weakness> {
  const days = (at: string) => Math.floor((nowMs - Date.parse(at)) / DAY_MS)
  for (const { slot, state, due_at: due } of owner.rotations) {
    const active = owner.secret_versions
      .filter((one) => one.slot === slot && one.state === 'active')
      .map(({ version, created_at: made, activated_at: since }) => ({ version, since: since ?? made }))
      .toSorted((a, b) => a.version - b.version)
    const [oldest] = active
    const newest = active.at(-1)
    if (oldest === undefined || newest === undefined) continue
    const age = days(newest.since)
    const which = `${slot} of the ${owner.label}`
    const weakness = { subject: `${owner.label}, ${slot}`, remedy: `${owner.rotate(slot)} makes a new one.` }
    if (oldest !== newest && age > BESIDE_DAYS)
      yield {
        ...weakness,
        evidence: `Version ${oldest.version} of ${which} is still valid, ${age} days after version ${newest.version} came into use.`,
        remedy: `Revoke version ${oldest.version} if nobody uses it any more.`,
      }
    else if (state === 'due')
      yield { ...weakness, evidence: `${which} has been due for rotation since ${due ?? 'some time'}.` }
    else if (age > OLD_DAYS && !owner.isPublic(slot))
      yield { ...weakness, severity: 'low', evidence: `${which} has been in use for ${age} days.` }
  }
}
