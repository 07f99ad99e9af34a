/** The capture of a source. */
import type { PageRoute } from '../route.ts'
import { begin, end, showCapture } from './capture.tsx'

const capture = '/sources/:name/capture'

export const refusalPages: readonly PageRoute[] = [
  { path: capture, who: 'viewer', get: showCapture },
  { path: `${capture}/begin`, who: 'operator', post: begin },
  { path: `${capture}/end`, who: 'operator', post: end },
]
