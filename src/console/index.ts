/** Worker 3, the console. Wiring only. */
import { systemNowMs, systemPause } from '../platform/clock.ts'
import { consoleLog } from '../platform/log.ts'
import { createConsole } from './app.ts'

export default createConsole({ nowMs: systemNowMs, random: Math.random, pause: systemPause, log: consoleLog })
