/** Whose turn it is, and what that account sends. */
import { type Random, pick } from './mail.ts'
import type { Delivered, Stage } from './stage.ts'

/** Mostly the stage whose events have waited longest, else a random one. */
export function nextStage(stages: readonly Stage[], nowSeconds: number, random: Random): Stage {
  const waiting = stages
    .map((stage) => ({ stage, since: stage.waitingSince(nowSeconds) }))
    .filter(({ since }) => since !== undefined)
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0))
  return random() < 0.6 && waiting[0] !== undefined ? waiting[0].stage : pick(stages, random)
}

/** Next delivery of a stage's ESP. If no event is waiting, new messages are written first. */
export async function genuineDelivery(
  stage: Stage,
  nowSeconds: number,
  random: Random,
): Promise<Delivered | undefined> {
  if (stage.waitingSince(nowSeconds) === undefined) stage.write(nowSeconds, random)
  return stage.next(nowSeconds)
}
