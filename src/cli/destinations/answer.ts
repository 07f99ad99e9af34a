/** Destinations for people. */
import type { Delivery, Destination } from '../../api/destinations.ts'
import { type Cell, cellOf } from '../out/table.ts'

/** A destination in any answer: with its delivery where one is read, with a link where a change made a secret. */
export interface DestinationAnswer extends Destination {
  readonly link?: { readonly url: string; readonly ends_at: string } | null
  readonly delivery?: Delivery | null
}

/** All settings, one a line; never a secret. */
export function settingsOf(destination: DestinationAnswer): [string, Cell][] {
  const { secret_versions: versions, rotations: _rotations, link: _link, delivery, ...settings } = destination
  return [
    ...Object.entries(settings).map(([name, value]): [string, Cell] => [name, cellOf(value)]),
    ...versions.map(({ slot, version, state, public_key }): [string, Cell] => [
      `secret ${slot}/${version}`,
      public_key === null ? state : `${state}, public key ${public_key}`,
    ]),
    ...Object.entries(delivery ?? {}).map(([name, value]): [string, Cell] => [
      name.replaceAll('_', ' '),
      cellOf(value),
    ]),
  ]
}

/** Why it delivers nothing, or soon may not; nothing while all is well. */
export const stateLines = ({ name, delivery }: DestinationAnswer): string[] =>
  delivery === undefined || delivery === null
    ? []
    : [
        `${name} is ${delivery.state.replaceAll('_', ' ')}${delivery.reason === null ? '' : `: ${delivery.reason}`}.`,
        ...(delivery.warning === null ? [] : [delivery.warning]),
      ]

export const linkLines = ({ link = null }: DestinationAnswer): string[] =>
  link === null ? [] : [`To fetch the signing secret, once, until ${link.ends_at}: ${link.url}`]
