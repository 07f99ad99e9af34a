/**
 * Bounds the rate of alarms whatever the traffic does: each alarm raises the threshold, and it sinks back over weeks. For any data on
 * which the threshold stays finite, the long-run rate is one alarm in `STEP / FALL` minutes, two weeks (adaptive conformal inference:
 * Gibbs and Candès 2021, arXiv 2106.00170).
 */
export interface Budget {
  /** Added to a threshold in nats. */
  raised: number
}

const STEP = 2
const FALL_PER_MINUTE = STEP / (2 * 10_080)

export const newBudget = (): Budget => ({ raised: 0 })

export function passMinute(budget: Budget): void {
  if (budget.raised > 0) budget.raised = Math.max(0, budget.raised - FALL_PER_MINUTE)
}

export function spend(budget: Budget): void {
  budget.raised += STEP
}
