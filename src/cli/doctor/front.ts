/** A question to the webhook URLs, asked as an ESP would: a challenge or a log-in page is an answer that no ESP understands. */
import { type Finding, note, ok, wrong } from './finding.ts'

const DEADLINE_MS = 10_000
/** Of Amazon SNS. Products against bots look at it, among other things. */
const USER_AGENT = 'Amazon Simple Notification Service Agent'

export async function hooksFindings(gatewayUrl: string, ask: typeof fetch = fetch): Promise<Finding[]> {
  if (!URL.canParse(gatewayUrl)) return []
  const part = 'webhook URLs'
  const url = new URL('/hooks/', gatewayUrl)
  const answer = await ask(url, {
    redirect: 'manual',
    headers: { 'user-agent': USER_AGENT },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => undefined)
  // The finding of the gateway says so.
  if (answer === undefined) return []
  await answer.body?.cancel()
  const { status, headers } = answer
  // @see https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/ read 2026-12-01
  if (headers.get('cf-mitigated') === 'challenge')
    return [
      wrong(
        part,
        'Cloudflare answers with a challenge for browsers before the gateway does.',
        'Switch Bot Fight Mode and "Under Attack" off, or except /hooks/ from WAF rules: docs/deploying.md, "In front of the gateway".',
      ),
    ]
  if (/\.cloudflareaccess\.com\//.test(headers.get('location') ?? ''))
    return [
      wrong(
        part,
        'Cloudflare Access answers with its log-in page before the gateway does.',
        'Remove the host from the application (Zero Trust › Access › Applications): Access belongs in front of the console alone.',
      ),
    ]
  return headers.get('content-type') === 'application/problem+json' && headers.has('x-request-id')
    ? [ok(part, 'The gateway answers there, and nothing in front of it.')]
    : [
        note(
          part,
          `Something that is not the gateway answers there, with ${status}.`,
          'Check the URL, and what is in front of it.',
        ),
      ]
}
