/** The answer to whoever would throw away what a hold keeps. */
import { problem } from '../../api/problem.ts'

export const HELD = problem(
  'held',
  'A hold of retention keeps it, or it may name a person who is held. Nothing was changed. An admin can end the hold: PUT /api/retention without it.',
)
