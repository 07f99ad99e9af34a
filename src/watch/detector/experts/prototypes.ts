import type { Expert, Row } from '../expert.ts'
import { TailModel } from '../tail-model.ts'

const PROTOTYPES = 64
/** If a block's extreme differs from its mean by this share of the range, the extreme stands for the block: spikes stay. */
const SPIKE = 0.1

/**
 * Finds a shape that is like none seen before. The last blocks of rows are compared with 64 earlier windows, whenever a block
 * ends; the distance to the nearest counts in level and in shape. A new window replaces the one that was nearest longest ago.
 */
export class Prototypes implements Expert {
  readonly #blocks: number
  readonly #rowsABlock: number
  readonly #tail = new TailModel()
  readonly state

  constructor(blocks: number, rowsABlock: number) {
    this.#blocks = blocks
    this.#rowsABlock = rowsABlock
    this.state = {
      low: 0,
      high: 0,
      rows: 0,
      sum: 0,
      blockLow: 0,
      blockHigh: 0,
      ended: 0,
      window: new Float32Array(blocks),
      kept: 0,
      prototypes: new Float32Array(PROTOTYPES * blocks),
      /** Their numbers, from the one that was nearest longest ago to the latest. */
      byUse: new Uint8Array(PROTOTYPES),
      tail: this.#tail.state,
    }
  }

  surprise({ value }: Row): number {
    if (!this.#endsBlock(value)) return 0
    const { state } = this
    const mean = state.sum / this.#rowsABlock
    const [up, down] = [state.blockHigh - mean, mean - state.blockLow]
    const extreme = up > down ? state.blockHigh : state.blockLow
    const hasSpike = Math.max(up, down) > SPIKE * (state.high - state.low)
    state.window.copyWithin(0, 1)
    state.window[this.#blocks - 1] = hasSpike ? extreme : mean
    state.ended = Math.min(this.#blocks, state.ended + 1)
    return state.ended < this.#blocks ? 0 : this.#compare()
  }

  #endsBlock(value: number): boolean {
    const { state } = this
    state.low = Math.min(state.low, value)
    state.high = Math.max(state.high, value)
    const isFirst = state.rows === 0
    state.sum = isFirst ? value : state.sum + value
    state.blockLow = isFirst ? value : Math.min(state.blockLow, value)
    state.blockHigh = isFirst ? value : Math.max(state.blockHigh, value)
    state.rows = (state.rows + 1) % this.#rowsABlock
    return state.rows === 0
  }

  #compare(): number {
    const { state } = this
    let nearest = -1
    let least = Infinity
    for (let prototype = 0; prototype < state.kept; prototype++) {
      const distance = this.#squaredDistance(prototype * this.#blocks)
      if (distance >= least) continue
      least = distance
      nearest = prototype
    }
    const surprise = nearest < 0 ? 0 : this.#tail.surprise(Math.sqrt(least))
    if (nearest >= 0) this.#use(nearest)
    this.#keep()
    return surprise
  }

  /** Mean square of the differences (level and shape), and their variance (shape alone). */
  #squaredDistance(start: number): number {
    const { window, prototypes } = this.state
    let squares = 0
    let sum = 0
    for (let i = 0; i < window.length; i++) {
      const difference = (window[i] ?? 0) - (prototypes[start + i] ?? 0)
      squares += difference * difference
      sum += difference
    }
    const mean = sum / window.length
    return Math.max(0, (2 * squares) / window.length - mean * mean)
  }

  #keep(): void {
    const { state } = this
    const isFull = state.kept === PROTOTYPES
    const place = isFull ? (state.byUse[0] ?? 0) : state.kept
    if (!isFull) state.byUse[state.kept++] = place
    state.prototypes.set(state.window, place * this.#blocks)
    this.#use(place)
  }

  #use(prototype: number): void {
    const { byUse, kept } = this.state
    byUse.copyWithin(byUse.indexOf(prototype), byUse.indexOf(prototype) + 1, kept)
    byUse[kept - 1] = prototype
  }
}
