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
  /** Where generated secrets can be fetched, once. */
  readonly links?: readonly SecretLink[]
  readonly delivery?: Delivery
}

interface SecretVersion {
  readonly slot: string
  readonly version: number
  readonly state: string
}

interface SecretLink {
  readonly slot: string
  readonly url: string
  readonly ends_at: string
}

/** All settings, one a line; never a secret. */
export function settingsOf(destination: DestinationAnswer): [string, Cell][] {
  const { secret_versions: versions = [], links: _links, delivery, ...settings } = destination
  return [
    ...Object.entries(settings).map(([name, value]): [string, Cell] => [name, shown(value)]),
    ...versions.map(({ slot, version, state }): [string, Cell] => [`secret ${slot}/${version}`, state]),
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

export const linkLines = ({ links = [] }: DestinationAnswer): string[] =>
  links.map(({ slot, url, ends_at }) => `To fetch ${slot}, once, until ${ends_at}: ${url}`)
