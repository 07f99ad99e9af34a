/** Whether a fetch is the confirming call that a case names. */

/**
 * The named call may be a URL, or the values that it must carry (region, topic, token). Of a URL, the host and each
 * parameter must be the same; the order, and parameters of ours, do not matter.
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
    [...wanted.searchParams].every(([name, value]) => made.searchParams.get(name) === value)
  )
}
