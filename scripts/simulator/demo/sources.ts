/** Creates the demo sources through the console's API, and never overwrites a source that a person has changed. */
import { type Console, problemOf } from '../../local/console.ts'
import { jsonOf } from '../../local/http.ts'
import { SENDERS } from '../senders/index.ts'
import { espAddress } from '../client-address.ts'
import { Stage } from '../stage.ts'
import { readNotes } from './notes.ts'

/** A few ESPs with different authentication methods. */
export const DEMO_PROVIDERS = ['sendgrid', 'mailgun', 'postmark', 'resend', 'ses', 'generic']

export interface Demo {
  /** The accounts that the simulator runs. */
  readonly stages: readonly Stage[]
  /** Sources that someone has changed or removed since. They get no simulated deliveries. */
  readonly leftAlone: readonly string[]
}

export interface DemoOptions {
  readonly console: Console
  /** `http://localhost:8787`. */
  readonly gatewayUrl: string
  /** The file that stores the version of each source as the demo last saved it. */
  readonly notesPath: string
}

/**
 * Opens an account at each ESP and saves its source. The accounts are new at each start, so their secrets are not stored on disk.
 * If the version of a source is not the one that was saved last, a person has changed it.
 */
export async function putDemoSources({ console, gatewayUrl, notesPath }: DemoOptions): Promise<Demo> {
  const notes = await readNotes<number>(notesPath)
  const stages: Stage[] = []
  const leftAlone: string[] = []
  const senders = SENDERS.filter(({ provider }) => DEMO_PROVIDERS.includes(provider))
  for (const [i, sender] of senders.entries()) {
    const name = `demo-${sender.provider}`
    if ((await versionOf(console, name)) !== notes.get(name)) {
      leftAlone.push(name)
      continue
    }
    const stage = await Stage.open(name, `${gatewayUrl}/hooks/${name}`, espAddress(i), sender)
    await notes.set(name, await put(console, name, stage))
    stages.push(stage)
  }
  return { stages, leftAlone }
}

async function put(console: Console, name: string, { account }: Stage): Promise<number> {
  // There is no TLS on this machine; everywhere else it is required.
  const answer = await console.put(`/api/sources/${name}`, { ...account.document, requireTls: false })
  const { version } = (jsonOf(answer) ?? {}) as { version?: number }
  if (answer.status >= 300 || version === undefined)
    throw new Error(`${name} was not saved: ${problemOf(answer)}`)
  return version
}

/** Undefined if there is no such source. */
async function versionOf(console: Console, name: string): Promise<number | undefined> {
  const answer = await console.get(`/api/sources/${name}`)
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`the console did not show ${name}: ${problemOf(answer)}`)
  return (jsonOf(answer) as { version?: number }).version
}
