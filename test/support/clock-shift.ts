/**
 * Clocks that are set forward by `POSTERN_CLOCK`: what holds by today's date or by the time of day alone fails in `.ci/run`, and not some day for
 * somebody else. Real time goes on, so that timers are what they are.
 */

/**
 * From now to the next such time.
 *
 * @param time month, day and UTC time such as `02-29T23:58`
 */
export function clockShiftMs(time: string | undefined, nowMs = Date.now()): number {
  if (time === undefined) return 0
  const year = new Date(nowMs).getUTCFullYear()
  // Up to eight years lie between two leap years.
  for (let ahead = 0; ahead <= 8; ahead++) {
    const atMs = Date.parse(`${year + ahead}-${time}:00.000Z`)
    // Some days become the first of the next month in other years.
    if (atMs > nowMs && new Date(atMs).toISOString().includes(`-${time}:`)) return atMs - nowMs
  }
  throw new Error(`POSTERN_CLOCK must be a time such as 02-29T23:58, not ${time}.`)
}

/** Sets `Date` of this process or isolate forward, once. A Worker gets the function as text, so it needs nothing outside. */
export function setForward(ms: number): void {
  const scope = globalThis as { Date: DateConstructor; forwardDate?: DateConstructor }
  if (scope.forwardDate === undefined) {
    const Real = scope.Date
    const realNow = Real.now.bind(Real)
    Real.now = () => realNow() + ms
    scope.forwardDate = new Proxy(Real, {
      construct: (target, args, newTarget) =>
        Reflect.construct(target, args.length === 0 ? [Real.now()] : args, newTarget) as Date,
    })
  }
  // Vitest puts the real one in its place when a test stops using its fake timers.
  scope.Date = scope.forwardDate
}

/** The code of a Worker under a clock that is set forward. The runtime rings alarms by the real one. */
export const withClockForward = (code: string, ms: number): string =>
  ms === 0
    ? code
    : `(${setForward.toString()})(${ms});\n${code
        .replaceAll('.setAlarm(', `.setAlarm(-${ms} + `)
        .replaceAll(/\.getAlarm\(\)/g, `.getAlarm().then((at) => at === null ? null : at + ${ms})`)}`
