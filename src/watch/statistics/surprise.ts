/**
 * How surprising a count is, in nats: the exponent of the Chernoff bound on its tail. e^-surprise bounds the probability of a count
 * at least as far from the mean. It needs no gamma function, and it is exact enough where it matters, far from the mean.
 */

/**
 * A count against a negative binomial of this mean and spread (variance = mean + mean²/spread). 0 for what is not above the mean.
 */
export function surpriseOfMany(count: number, mean: number, spread: number): number {
  if (!(count > mean)) return 0
  const m = Math.max(mean, 1e-9)
  return Math.max(
    0,
    count * Math.log(count / m) - (count + spread) * Math.log((count + spread) / (m + spread)),
  )
}

/**
 * A share against a beta-binomial of this mean. `correlation` is what two trials of a window have in common: with it, n trials are
 * worth n / (1 + (n − 1) correlation) independent ones (the design effect of Kish, 1965).
 */
export function surpriseOfShare(hits: number, trials: number, mean: number, correlation: number): number {
  if (!(trials > 0) || !(hits > trials * mean)) return 0
  const share = Math.min(hits / trials, 1 - 1e-9)
  const p = Math.min(Math.max(mean, 1e-9), 1 - 1e-9)
  const independent = trials / (1 + Math.max(trials - 1, 0) * correlation)
  const divergence = share * Math.log(share / p) + (1 - share) * Math.log((1 - share) / (1 - p))
  return Math.max(0, independent * divergence)
}
