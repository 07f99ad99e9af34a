/** How a channel stands, in words, and what an operator should do about it. */
import type { CommonSettings } from '../../channels/document.ts'
import type { ChannelStatus } from '../../watch/incidents/api.ts'
import type { Tone } from './tone.ts'

interface ChannelWords {
  readonly tone: Tone
  readonly state: string
  readonly remedy: string | null
}

/** @param status null if it could not be read; undefined if nothing was sent yet */
export function channelWords(status: ChannelStatus | null | undefined, isPaused: boolean): ChannelWords {
  if (isPaused)
    return { tone: 'warn', state: 'paused', remedy: 'Nobody is told anything until it is resumed.' }
  if (status === null)
    return { tone: 'plain', state: 'unknown', remedy: 'What sends notices did not answer.' }
  if (status?.isBroken === true)
    return {
      tone: 'bad',
      state: 'broken',
      remedy:
        'It refused for good, so it gets nothing until somebody changes it or a test notice arrives. Other channels tell it.',
    }
  if (status !== undefined && status.failingSinceMs !== null)
    return { tone: 'warn', state: 'failing', remedy: 'Notices are tried again by themselves.' }
  if ((status?.lastSuccessMs ?? null) === null)
    return { tone: 'plain', state: 'unused', remedy: 'Nothing was sent yet: send a test notice.' }
  return { tone: 'good', state: 'working', remedy: null }
}

const LABELS: Readonly<Record<string, string>> = {
  url: 'URL',
  webhook_url: 'Webhook URL',
  workflow_url: 'Workflow URL',
  api_key: 'API key',
  from: 'Sender',
  to: 'Recipients',
  thread_id: 'Thread',
  minimum_severity: 'Least severity',
  grouping_seconds: 'Wait for others',
  reminder_seconds: 'Remind',
  quiet_hours: 'Quiet hours',
  authorization: 'Authorization header',
}

/** `routing_key` is `Routing key`. */
export function settingLabel(name: string): string {
  const words = name.replaceAll('_', ' ')
  return LABELS[name] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** The largest unit that divides it: 5400 is `90 minutes`. */
export function durationWords(seconds: number): string {
  const [size, unit] = UNITS.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** A setting's value in words. */
export function settingWords(name: string, value: unknown): string {
  if (name === 'reminder_seconds' && value === 0) return 'never'
  if (name.endsWith('_seconds') && typeof value === 'number') return durationWords(value)
  if (name === 'quiet_hours') return quietWords(value as QuietHours)
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

type QuietHours = NonNullable<CommonSettings['quiet_hours']>

const quietWords = ({ from, to, time_zone, except }: QuietHours): string =>
  `${from} to ${to}, ${time_zone}, except ${except}`
