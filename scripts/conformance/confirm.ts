/** Decides whether a fetch is the confirming call that a case names. */

/** The parameters that identify a confirming call, besides the host, which names the region. */
const PARAMETERS = ['Action', 'TopicArn', 'Token'] as const

/**
 * A case names the call by a URL, or by the values that it must contain (region, topic, token). For a URL, the origin, action,
 * topic and token must be equal; order, encoding and further parameters do not matter.
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
