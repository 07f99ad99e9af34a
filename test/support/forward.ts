/** Sets the clock of a process that tests have started, or of the isolate of a test file. */
import { inject } from 'vitest'
import { setForward } from './clock-shift.ts'

if (inject('clockShiftMs') !== 0) setForward(inject('clockShiftMs'))
