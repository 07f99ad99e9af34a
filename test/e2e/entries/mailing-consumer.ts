/** The consumer with a binding that sends mail, as an operator may add it. The mail goes to a server that a test plays. */
import type { IncidentsEnv } from '../../../src/watch/incidents/deps.ts'
import { Incidents as WithoutMail } from '../../../src/watch/incidents/index.ts'
import type { MailBinding } from '../../../src/channels/send.ts'

const MAIL: MailBinding = {
  async send(mail) {
    const answer = await fetch('https://mail.example.com/send', {
      method: 'POST',
      body: JSON.stringify(mail),
    })
    if (!answer.ok) throw new Error('the mail was refused')
    return answer.json()
  },
}

export class Incidents extends WithoutMail {
  constructor(ctx: DurableObjectState, env: IncidentsEnv) {
    super(ctx, { ...env, MAIL })
  }
}

export { Archive, Destination, EspAccount, SourceWatcher, default } from '../../../src/consumer/index.ts'
