/** A channel as the API shows it. */
import type { Cell } from '../out/table.ts'

export const NAME = ['<NAME>', 'the name of the channel'] as const

export const channelPath = (name: string): string => `/api/channels/${encodeURIComponent(name)}`

interface Status {
  readonly state: string
  readonly failures: number
  readonly failing_since: string | null
  readonly last_success_at: string | null
  readonly last_error: { readonly error: string; readonly status: number | null; readonly at: string } | null
}

export interface ChannelAnswer {
  readonly name: string
  readonly version: number
  readonly kind: string
  readonly minimum_severity: string
  readonly sources?: readonly string[]
  readonly updated_at: string
  readonly secrets: Readonly<Record<string, unknown>>
  readonly status: Status | null
}

export const stateOf = ({ status }: ChannelAnswer): string => status?.state ?? 'unknown'

/** All settings, one a line; never a secret. */
export function settingsOf({ secrets, status, ...settings }: ChannelAnswer): [string, Cell][] {
  return [
    ...Object.entries(settings).map(([name, value]): [string, Cell] => [name, shown(value)]),
    ...Object.keys(secrets).map((slot): [string, Cell] => [`secret ${slot}`, 'stored']),
    ['state', status?.state ?? 'unknown'],
    ...Object.entries(status ?? {})
      .filter(([name]) => name !== 'state' && name !== 'last_error')
      .map(([name, value]): [string, Cell] => [name.replaceAll('_', ' '), shown(value)]),
    ...(status === null || status.last_error === null
      ? []
      : [['last error', `${status.last_error.error} (${status.last_error.at})`] as [string, Cell]]),
  ]
}

const shown = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value)

/** Problem of a channel; empty while all is well. */
export const stateLines = ({ name, status }: ChannelAnswer): string[] =>
  status?.state === 'failing' || status?.state === 'broken'
    ? [`${name} is ${status.state}. ${status.last_error?.error ?? ''}`.trim()]
    : []
