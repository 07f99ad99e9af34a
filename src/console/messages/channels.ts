/** How a channel stands, in words, and what an operator should do about it. */
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
  webhook_url: 'Webhook URL',
  workflow_url: 'Workflow URL',
  api_key: 'API key',
  authorization: 'Authorization header',
}

/** `routing_key` is `Routing key`. */
export function settingLabel(name: string): string {
  const words = name.replaceAll('_', ' ')
  return LABELS[name] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
