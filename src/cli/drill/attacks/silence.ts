/** Nothing comes for some minutes. */
import { drill } from '../drill.ts'

export const silence = drill({
  kind: 'silence',
  sends: 'nothing: the simulated ESP stops until the incident opens, ten minutes at most',
  pauseSeconds: 600,
  // How long nothing has to come depends on how much is usual.
  waitSeconds: 600,
  requests: 0,
  signs: 'as the ESP',
  onlyDemo: 'only your ESP can stop what it sends',
  make: () => Promise.reject(new TypeError('a silence has no request')),
})
