/** Random numbers with a seed, so that a recording is the same each time. */
export interface Random {
  /** From 0 to below 1. */
  readonly next: () => number
  normal(): number
  poisson(mean: number): number
  /** A network and an autonomous system of the ranges for documentation and private use. */
  network(): string
  asn(): number
}

/** Mulberry32 (public domain, Tommy Ettinger). */
export function newRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    // Twelve uniform numbers have a variance of one.
    normal: () => Array.from({ length: 12 }, next).reduce((sum, one) => sum + one, -6),
    poisson(mean) {
      // Large means in parts, since e^-mean would be zero.
      let count = 0
      for (let left = mean; left > 0; left -= 20) {
        const limit = Math.exp(-Math.min(left, 20))
        for (let product = next(); product > limit; product *= next()) count += 1
      }
      return count
    },
    network: () => `10.${Math.floor(next() * 256)}.${Math.floor(next() * 256)}.0/24`,
    asn: () => 64_512 + Math.floor(next() * 1000),
  }
}
