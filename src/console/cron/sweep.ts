/** Removes rows and objects that crashes have left behind. */
import { sweep } from '../retention/sweep.ts'
import type { Job } from './job.ts'

export const sweepLeftBehind: Job = { name: 'sweep', run: sweep }
