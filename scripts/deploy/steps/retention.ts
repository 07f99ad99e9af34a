/** How long the queues keep a message that nobody could process. No file of Wrangler says it. */
import { type AccountApi, ApiError } from '../account/api.ts'
import { type Survey, queueNamed } from '../account/survey.ts'
import type { Resources } from '../configuration/resources.ts'

const DAY_SECONDS = 86_400

/** The most that Cloudflare keeps a message. A new queue keeps it for four days; the Free plan for one, whatever is asked. */
export const RETENTION_SECONDS = 14 * DAY_SECONDS

/** Names of queues that keep messages for a shorter time, or do not exist yet. */
export const shortQueues = ({ queues }: Resources, { queues: there, isFreePlan }: Survey): string[] =>
  isFreePlan === true
    ? []
    : queues.filter((name) => there.get(name)?.settings?.message_retention_period !== RETENTION_SECONDS)

/** A plan that is not known may be the Free one, so a refusal is told and stops nothing. */
export async function keepLonger(
  api: AccountApi,
  names: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  for (const name of names) {
    const queue = await queueNamed(api, name)
    if (queue === undefined) continue
    const settings = { ...queue.settings, message_retention_period: RETENTION_SECONDS }
    try {
      await api.patch(`/queues/${queue.queue_id}`, { queue_name: name, settings })
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.permission !== undefined || cause.code === 0) throw cause
      print(
        `The queue ${name} keeps messages for ${daysOf(queue.settings?.message_retention_period)}: ${cause.message}`,
      )
    }
  }
}

const daysOf = (seconds = 4 * DAY_SECONDS): string => {
  const days = seconds / DAY_SECONDS
  return `${days} ${days === 1 ? 'day' : 'days'}`
}
