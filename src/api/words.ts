/** A check of what a person writes for others to read. */
import * as v from 'valibot'
import { hidesText } from '../platform/visible.ts'

export const plainWords = v.check<string, string>(
  (text) => !hidesText(text),
  'Must have no control characters, and none that turns the direction of text.',
)
