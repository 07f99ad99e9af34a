/**
 * Clocks that are set forward by `POSTERN_CLOCK_DAYS`: what holds by today's date alone fails in `.ci/run`, and not some day for somebody
 * else. Real time goes on, so that timers are what they are.
 */

const DAY_MS = 86_400_000

export const clockShiftMs = (days: string | undefined): number => Number(days ?? 0) * DAY_MS

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
