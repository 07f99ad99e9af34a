/** The ESP of a demo source switches its webhook off and goes on with its mail: what is sent meanwhile stays at the ESP. */
import type { Drill } from './drill.ts'

export const WEBHOOK_OFF: Drill = {
  kind: 'webhook_off',
  sends: 'nothing: the simulated ESP switches its webhook off, until somebody mends it',
  switchesOff: true,
  requests: 0,
  rounds: 1,
  roundSeconds: 0,
  waitSeconds: 170,
  signs: 'as the ESP',
  providers: ['resend'],
  onlyDemo: 'only your ESP can switch its webhook off',
  make: () => Promise.reject(new TypeError('a webhook that is off has no request')),
}
