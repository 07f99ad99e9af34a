/** The demo sources: put through the console like any other, and never over something that a person has changed. */
import { readFile, writeFile } from 'node:fs/promises'
import { type Console, problemOf } from '../local/console.ts'
import { jsonOf } from '../local/http.ts'
import { SENDERS } from './senders/index.ts'
import { Stage } from './stage.ts'

/** A handful of ESPs that differ in how they prove themselves. */
const DEMO_PROVIDERS = ['sendgrid', 'mailgun', 'postmark', 'resend', 'ses', 'generic']

export interface Demo {
  /** What the simulator plays. */
  readonly stages: readonly Stage[]
  /** Sources that someone has changed or removed since: not played. */
  readonly leftAlone: readonly string[]
}

export interface DemoOptions {
  readonly console: Console
  /** `http://localhost:8787`. */
  readonly gatewayUrl: string
  /** Remembers which version of each source is ours. */
  readonly notesPath: string
}

/**
 * Opens an account at each ESP and puts its source. The accounts are new at each start, so no secret of them is kept on
 * disk; a source whose version is not the one that we put last belongs to someone else by now.
 */
export async function putDemoSources({ console, gatewayUrl, notesPath }: DemoOptions): Promise<Demo> {
  const notes = await readNotes(notesPath)
  const stages: Stage[] = []
  const leftAlone: string[] = []
  for (const sender of SENDERS.filter(({ provider }) => DEMO_PROVIDERS.includes(provider))) {
    const name = `demo-${sender.provider}`
    if ((await versionOf(console, name)) !== notes.get(name)) {
      leftAlone.push(name)
      continue
    }
    const stage = await Stage.open(name, `${gatewayUrl}/hooks/${name}`, sender)
    notes.set(name, await put(console, name, stage))
    await writeFile(notesPath, JSON.stringify(Object.fromEntries(notes), null, 2))
    stages.push(stage)
  }
  return { stages, leftAlone }
}

async function put(console: Console, name: string, { account }: Stage): Promise<number> {
  // On this machine there is no TLS; everywhere else it is asked for.
  const answer = await console.put(`/api/sources/${name}`, { ...account.document, requireTls: false })
  const { version } = (jsonOf(answer) ?? {}) as { version?: number }
  if (answer.status >= 300 || version === undefined)
    throw new Error(`${name} was not saved: ${problemOf(answer)}`)
  return version
}

/** Undefined where there is no such source. */
async function versionOf(console: Console, name: string): Promise<number | undefined> {
  const answer = await console.get(`/api/sources/${name}`)
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`the console did not show ${name}: ${problemOf(answer)}`)
  return (jsonOf(answer) as { version?: number }).version
}

async function readNotes(path: string): Promise<Map<string, number>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{}'
    throw cause
  })
  return new Map(Object.entries(JSON.parse(text) as Record<string, number>))
}
