/** Secrets of sources and destinations that are due for rotation, old, or still valid beside their successor. */
import { destinationRoutes } from '../../../api/destinations.ts'
import { sourceRoutes } from '../../../api/sources.ts'
import { providerNamed } from '../../../providers/index.ts'
import { DAY_MS } from '../../../platform/time.ts'
import type { Probe, Weakness } from '../probe.ts'

/** A year: people who knew it have left by then. */
const OLD_DAYS = 365
/** Time enough to switch a sender to a new value. */
const BESIDE_DAYS = 30

interface Owner {
  /** `source shop`. */
  readonly label: string
  /** Where a secret of it is rotated. */
  readonly rotate: (slot: string) => string
  /** Whether a slot holds a public key. Its age is no weakness. */
  readonly isPublic: (slot: string) => boolean
  readonly rotations: readonly {
    readonly slot: string
    readonly state: string
    readonly due_at: string | null
  }[]
  readonly secret_versions: readonly {
    readonly slot: string
    readonly version: number
    readonly state: string
    readonly created_at: string
    readonly activated_at: string | null
  }[]
}

export const oldSecrets: Probe = {
  id: 'old-secrets',
  title: 'Secrets are rotated in time.',
  severity: 'medium',
  remedy: 'Rotate the secret.',
  needs: 'token',
  async run({ api, nowMs }) {
    const sources = await api.list(sourceRoutes.listSources, {}, null)
    const destinations = await api.list(destinationRoutes.listDestinations, {}, null)
    return [
      ...sources.map((one) => ({
        ...one,
        label: `source ${one.name}`,
        isPublic: (slot: string) => providerNamed(one.provider)?.secrets[slot]?.endsWith('-public') === true,
        rotate: (slot: string) => `postern secrets rotate ${one.name} ${slot}`,
      })),
      ...destinations.map((one) => ({
        ...one,
        label: `destination ${one.name}`,
        isPublic: () => false,
        rotate: (slot: string) => `postern destinations rotate ${one.name} ${slot}`,
      })),
    ].flatMap((owner) => weaknessesOf(owner, nowMs()))
  },
}

const weaknessesOf = (owner: Owner, nowMs: number): Weakness[] =>
  owner.rotations.flatMap(({ slot, state, due_at: due }) => {
    const active = owner.secret_versions
      .filter((one) => one.slot === slot && one.state === 'active')
      .map(({ version, created_at: made, activated_at: since }) => ({ version, since: since ?? made }))
      .toSorted((a, b) => a.version - b.version)
    const [oldest] = active
    const newest = active.at(-1)
    if (oldest === undefined || newest === undefined) return []
    const days = (at: string) => Math.floor((nowMs - Date.parse(at)) / DAY_MS)
    const which = `${slot} of the ${owner.label}`
    const weakness = { subject: `${owner.label}, ${slot}`, remedy: `${owner.rotate(slot)} makes a new one.` }
    if (oldest !== newest && days(newest.since) > BESIDE_DAYS)
      return [
        {
          ...weakness,
          evidence: `Version ${oldest.version} of ${which} is still valid, ${days(newest.since)} days after version ${newest.version} came into use.`,
          remedy: `Revoke version ${oldest.version} if nobody uses it any more.`,
        },
      ]
    if (state === 'due')
      return [{ ...weakness, evidence: `${which} has been due for rotation since ${due ?? 'some time'}.` }]
    return days(newest.since) > OLD_DAYS && !owner.isPublic(slot)
      ? [
          {
            ...weakness,
            severity: 'low',
            evidence: `${which} has been in use for ${days(newest.since)} days.`,
          },
        ]
      : []
  })
