/** The gateway from outside, as an ESP sees it. */
import { type Finding, ok, unseen, wrong } from './finding.ts'
import { clock } from './console.ts'

const DEADLINE_MS = 10_000

/** @param nowMs the clock of this machine */
export async function gatewayFindings(gatewayUrl: string, nowMs: () => number): Promise<Finding[]> {
  if (gatewayUrl === '' || !URL.canParse(gatewayUrl))
    return [
      unseen(
        'gateway',
        'the console does not know its address.',
        'npm run deploy sets GATEWAY_URL: webhook URLs are shown under it. Here, --gateway URL says it.',
      ),
    ]
  const url = new URL('/health', gatewayUrl)
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const answer = await fetch(url, { redirect: 'manual', signal })
    const text = await answer.text()
    const problem = answer.status === 503 ? /"problem":"(\w+)"/.exec(text)?.[1] : undefined
    if (problem === 'setup_incomplete' || problem === 'secrets_unreadable')
      return [
        wrong(
          'gateway',
          `${url.origin} says that its MASTER_KEY ${problem === 'secrets_unreadable' ? 'does not open the secrets of sources' : 'is missing or malformed'}. Deliveries get 503.`,
          'docs/emergencies.md#the-master-key-does-not-fit says what to do.',
        ),
      ]
    if (problem !== undefined)
      return [
        wrong(
          'gateway',
          `${url.origin} accepts deliveries, and says of what comes after it: ${problem}.`,
          'docs/operating.md says what the word means, and what to do.',
        ),
      ]
    if (answer.status !== 200)
      return [
        wrong(
          'gateway',
          `${url.origin} answers ${answer.status} to a question about its health.`,
          'Check that the URL is your Postern gateway and that Cloudflare Access is not in front of it: ESPs must reach it.',
        ),
      ]
    const date = answer.headers.get('date')
    return [
      ok('gateway', `${url.origin} answers.`),
      ...(date === null ? [] : [clock('clock of the gateway', Date.parse(date), nowMs())]),
    ]
  } catch {
    return [
      wrong(
        'gateway',
        `${url.origin} was not reached.`,
        'Check GATEWAY_URL, and whether the gateway is deployed: npm run deploy.',
      ),
    ]
  }
}
