/** Whether a fetch is the confirming call that a case names. */

/** What makes a confirming call that one and no other, beside the host, which names the region. */
const PARAMETERS = ['Action', 'TopicArn', 'Token'] as const

/**
 * The named call may be a URL, or the values that it must carry (region, topic, token). Of a URL the origin, the action,
 * the topic and the token must be the same; order, encoding and further parameters do not matter.
 */
export function isConfirmingCall(named: unknown, url: string): boolean {
  const made = new URL(url)
  if (typeof named !== 'string') {
    const values = [made.host, ...made.host.split('.'), ...made.searchParams.values()]
    return Object.values((named ?? {}) as Record<string, unknown>).every((value) =>
      values.includes(String(value)),
    )
  }
  const wanted = new URL(named)
  return (
    made.origin === wanted.origin &&
    PARAMETERS.every((name) => made.searchParams.get(name) === wanted.searchParams.get(name))
  )
}
