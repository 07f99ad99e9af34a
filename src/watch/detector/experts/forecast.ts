import type { Expert } from '../expert.ts'
import { TailModel } from '../tail-model.ts'

/** Finds a value far from the best forecast of it. */
export function forecast(): Expert {
  const tail = new TailModel()
  return {
    state: { tail: tail.state },
    surprise: ({ fromForecast }) => tail.surprise(Math.abs(fromForecast)),
  }
}
