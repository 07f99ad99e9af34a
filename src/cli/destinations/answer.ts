/** A destination as the API shows it. */
import type { Cell } from '../out/table.ts'

export interface Delivery {
  readonly state: string
  readonly reason: string | null
  readonly warning: string | null
}

export interface DestinationAnswer {
  readonly name: string
  readonly version: number
  readonly url: string
  readonly filter?: { readonly types?: readonly string[]; readonly sources?: readonly string[] }
  readonly personal?: string
  readonly paused?: boolean
  readonly updated_at?: string
  readonly secret_versions?: readonly SecretVersion[]
  readonly rotations?: unknown
  /** Where a signing secret that this call generated can be fetched, once. */
  readonly link?: { readonly url: string; readonly ends_at: string } | null
  readonly delivery?: Delivery
}

interface SecretVersion {
  readonly slot: string
  readonly version: number
  readonly state: string
  /** `whpk_…`, of a key that signs with Ed25519. */
  readonly public_key?: string | null
}

/** All settings, one a line; never a secret. */
export function settingsOf(destination: DestinationAnswer): [string, Cell][] {
  const {
    secret_versions: versions = [],
    rotations: _rotations,
    link: _link,
    delivery,
    ...settings
  } = destination
  return [
    ...Object.entries(settings).map(([name, value]): [string, Cell] => [name, shown(value)]),
    ...versions.map(({ slot, version, state, public_key = null }): [string, Cell] => [
      `secret ${slot}/${version}`,
      public_key === null ? state : `${state}, public key ${public_key}`,
    ]),
    ...Object.entries(delivery ?? {}).map(([name, value]): [string, Cell] => [
      name.replaceAll('_', ' '),
      shown(value),
    ]),
  ]
}

const shown = (value: unknown): Cell =>
  typeof value === 'string' || value === null ? value : JSON.stringify(value)

/** Why it delivers nothing, or soon may not; nothing while all is well. */
export const stateLines = ({ name, delivery }: DestinationAnswer): string[] =>
  delivery === undefined
    ? []
    : [
        `${name} is ${delivery.state.replaceAll('_', ' ')}${delivery.reason === null ? '' : `: ${delivery.reason}`}.`,
        ...(delivery.warning === null ? [] : [delivery.warning]),
      ]

export const linkLines = ({ link = null }: DestinationAnswer): string[] =>
  link === null ? [] : [`To fetch the signing secret, once, until ${link.ends_at}: ${link.url}`]
