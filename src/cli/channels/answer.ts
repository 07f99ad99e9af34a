/** Channels for people. */
import type { Channel } from '../../api/channels.ts'
import { type Cell, cellOf } from '../out/table.ts'

export const NAME = ['<NAME>', 'the name of the channel'] as const

export const stateOf = ({ status }: Channel): string => status?.state ?? 'unknown'

/** All settings, one a line; never a secret. */
export function settingsOf({ secrets, status, ...settings }: Channel): [string, Cell][] {
  return [
    ...Object.entries(settings).map(([name, value]): [string, Cell] => [name, cellOf(value)]),
    ...Object.keys(secrets).map((slot): [string, Cell] => [`secret ${slot}`, 'stored']),
    ['state', status?.state ?? 'unknown'],
    ...Object.entries(status ?? {})
      .filter(([name]) => name !== 'state' && name !== 'last_error')
      .map(([name, value]): [string, Cell] => [name.replaceAll('_', ' '), cellOf(value)]),
    ...(status === null || status.last_error === null
      ? []
      : [['last error', `${status.last_error.error} (${status.last_error.at})`] as [string, Cell]]),
  ]
}

/** Problem of a channel; empty while all is well. */
export const stateLines = ({ name, status }: Channel): string[] =>
  status?.state === 'failing' || status?.state === 'broken'
    ? [`${name} is ${status.state}. ${status.last_error?.error ?? ''}`.trim()]
    : []
