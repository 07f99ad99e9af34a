/** Posts each spam report to the operator's URL at once. Off while `ALERT_URL` is not set. */
import type { OutsideHandler } from './handler.ts'

/** `ALERT_URL` is invalid. The call is retried, so that the operator can correct the setting meanwhile. */
export class AlertUrlInvalid extends Error {
  override readonly name = 'AlertUrlInvalid'
}

/** The receiver refused the alert. The error message holds the status and nothing else of the response. */
export class AlertRefused extends Error {
  override readonly name = 'AlertRefused'
}

export const announceSpamReport: OutsideHandler = {
  name: 'announce-spam-report',
  appliesTo: (event, vars) =>
    event.type === 'email.spam_reported' && alertUrl(vars('ALERT_URL')) !== undefined,
  async run(event, { fetch, vars, idempotencyKey, signal }) {
    const url = alertUrl(vars('ALERT_URL'))
    if (url === undefined || !isSafe(url)) {
      throw new AlertUrlInvalid('ALERT_URL must be an https URL (http on this machine only)')
    }
    const response = await fetch(url, {
      method: 'POST',
      // As in Standard Webhooks: the receiver ignores a second call with the same id.
      headers: { 'content-type': 'application/json', 'webhook-id': idempotencyKey },
      body: JSON.stringify({
        type: event.type,
        event_id: event.id,
        source: event.source,
        message_id: event.message_id,
        occurred_at: event.occurred_at,
      }),
      // A redirect could lead anywhere.
      redirect: 'manual',
      signal,
    })
    await response.body?.cancel()
    if (!response.ok) throw new AlertRefused(`the alert was answered with ${response.status}`)
  },
}

const alertUrl = (text: string | undefined): string | undefined => text?.trim() || undefined

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}
