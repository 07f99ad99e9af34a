/**
 * How rare a positive feature is among those of its own stream, whatever its scale: a Pareto tail beyond the 95 % point, which a
 * histogram of its logarithm keeps (Siffer et al. 2017, "Anomaly detection in streams with extreme value theory").
 */

const BINS = 96
const BINS_AN_OCTAVE = 4
/** The bin of the first positive feature: twelve octaves are below it, twelve above. */
const MIDDLE_BIN = 48
/** A feature is not larger than so many units: numbers stay finite. */
const RATIO_MAX = 2 ** 1000
/** Where the Pareto tail begins: this share of the features is larger. */
const TAIL_SHARE = 0.05
/** The tail's index is the mean of ln(feature / threshold). Before it has values of its own, it is this, with this weight. */
const PRIOR_INDEX = 0.25
const PRIOR_COUNT = 8
/** After so many features, threshold and index are computed again. Before twice as many, nothing is rare. */
const REFRESH_EVERY = 16
/** Counts are halved there. A Float32 counts exactly up to 2^24. */
const COUNT_MAX = 1 << 20
const SURPRISE_MAX = 8
/**
 * Exponent by which the threshold for rare values depends on the number of features, as the largest of n is in p = 1/n: otherwise a long
 * stream says more by chance than a short one.
 */
const CHANCE_EXPONENT = 0.5
const CHANCE_MIN_COUNT = 100

export class TailModel {
  readonly state = {
    count: 0,
    unit: 0,
    threshold: 0,
    index: PRIOR_INDEX,
    bins: new Float32Array(BINS),
  }

  /** −log10 of the share of past features that were as large, less what chance brings; 0 or larger. Then learns the feature. */
  surprise(feature: number): number {
    const chance = CHANCE_EXPONENT * Math.log10(Math.max(CHANCE_MIN_COUNT, this.state.count))
    const surprise = this.#rarity(feature) - chance
    this.#learn(feature)
    return Math.max(0, surprise)
  }

  /** −log10 of the share of features that are as large. Below the tail nothing is rare. */
  #rarity(feature: number): number {
    const { count, threshold, index } = this.state
    if (count < 2 * REFRESH_EVERY || threshold === 0 || !(feature > threshold)) return 0
    return Math.min(SURPRISE_MAX, Math.log10(feature / threshold) / index - Math.log10(TAIL_SHARE))
  }

  #learn(feature: number): void {
    const { state } = this
    state.count++
    if (feature > 0) {
      if (state.unit === 0) state.unit = feature
      const octaves = Math.log2(Math.min(RATIO_MAX, feature / state.unit))
      const bin = this.#makeRoom(MIDDLE_BIN + Math.floor(octaves * BINS_AN_OCTAVE))
      state.bins[bin] = (state.bins[bin] ?? 0) + 1
    }
    if (state.count >= COUNT_MAX) this.#halve()
    if (state.count % REFRESH_EVERY === 0) this.#refresh()
  }

  /** The bin within the histogram. If it is above, all bins move down by whole octaves, since only the largest matter. */
  #makeRoom(wanted: number): number {
    const { state } = this
    const octaves = Math.ceil((wanted - BINS + 1) / BINS_AN_OCTAVE)
    if (octaves <= 0) return Math.max(0, wanted)
    const moved = octaves * BINS_AN_OCTAVE
    state.unit *= 2 ** octaves
    const below = state.bins.subarray(0, moved + 1).reduce((sum, count) => sum + count, 0)
    state.bins.copyWithin(0, moved)
    state.bins.fill(0, Math.max(0, BINS - moved))
    state.bins[0] = below
    return Math.min(BINS - 1, Math.max(0, wanted - moved))
  }

  /** From the largest bin down to the one in which the tail begins. */
  #refresh(): void {
    const { state } = this
    const wanted = TAIL_SHARE * state.count
    let above = 0
    let bins = 0
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const here = state.bins[bin] ?? 0
      if (above + here >= wanted) {
        state.threshold = state.unit * 2 ** ((bin + 1 - MIDDLE_BIN) / BINS_AN_OCTAVE)
        const excess = (bins - 0.5 * above) * (Math.LN2 / BINS_AN_OCTAVE)
        state.index = (excess + PRIOR_COUNT * PRIOR_INDEX) / (above + PRIOR_COUNT)
        return
      }
      above += here
      bins += above
    }
    state.threshold = 0
  }

  #halve(): void {
    const { state } = this
    for (let i = 0; i < BINS; i++) state.bins[i] = (state.bins[i] ?? 0) / 2
    state.count /= 2
  }
}
