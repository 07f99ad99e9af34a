/** Guessing of tokens at the log-in. Afterwards the form makes this network wait, for a minute. */
import type { Probe } from '../probe.ts'
import { logIn } from './log-in.ts'

/** Two more than Postern lets a client guess in a minute. */
const GUESSES = 12

export const logInLimit: Probe = {
  id: 'log-in-limit',
  title: 'Guessing of tokens is slowed down.',
  severity: 'medium',
  remedy: 'Deploy an unchanged console. Put Cloudflare Access in front of it: docs/deploying.md.',
  needs: 'console',
  comesLast: true,
  async *run(world) {
    for (let i = 1; i <= GUESSES; i++) {
      const { status } = await logIn(world, `assess-guess-${i}`)
      // A redirect leads to Cloudflare Access, which lets no stranger guess.
      if (status === 429 || (status >= 300 && status < 400)) return
    }
    yield { evidence: `${GUESSES} wrong tokens within a minute were each answered.` }
  },
}
