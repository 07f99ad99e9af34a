/** Creates the demo sources through the console's API, and never overwrites a source that a person has changed. */
import { createHash } from 'node:crypto'
import { type Console, problemOf } from '../console.ts'
import { jsonOf } from '../http.ts'
import { SENDERS } from '../senders/index.ts'
import { espAddress } from '../client-address.ts'
import { Stage } from '../stage.ts'
import { readNotes } from './notes.ts'

/** A few ESPs with different authentication methods. */
export const DEMO_PROVIDERS = ['sendgrid', 'mailgun', 'postmark', 'resend', 'ses', 'generic']

export interface Demo {
  /** The accounts that the simulator runs. */
  readonly stages: readonly Stage[]
  /** Sources that someone has removed, or given other secrets. They get no simulated deliveries. */
  readonly leftAlone: readonly string[]
}

export interface DemoOptions {
  readonly console: Console
  /** `http://localhost:8787`. */
  readonly gatewayUrl: string
  /** The file that stores a hash of each source, and the versions of its secrets, as the demo last saved it. */
  readonly notesPath: string
  /** Keys of the ESPs' APIs, by source. */
  readonly apiKeys?: ReadonlyMap<string, string>
}

/**
 * Opens an account at each ESP and saves its source. The accounts are new at each start, so their secrets are not stored on disk.
 * Settings that a person has changed stay. If the secrets are not those that were saved last, they are a person's. The version says
 * nothing: a containment raises it, too.
 */
export async function putDemoSources({
  console,
  gatewayUrl,
  notesPath,
  apiKeys,
}: DemoOptions): Promise<Demo> {
  const notes = await readNotes<string>(notesPath)
  const stages: Stage[] = []
  const leftAlone: string[] = []
  const senders = SENDERS.filter(({ provider }) => DEMO_PROVIDERS.includes(provider))
  for (const [i, sender] of senders.entries()) {
    const name = `demo-${sender.provider}`
    const before = await read(console, name)
    const isUnchanged = before?.hash === notes.get(name)
    if (!isUnchanged && (before === undefined || before.versions !== notes.get(`versions of ${name}`))) {
      leftAlone.push(name)
      continue
    }
    const stage = await Stage.open(name, `${gatewayUrl}/hooks/${name}`, espAddress(i), sender)
    await put(console, name, stage, apiKeys?.get(name), isUnchanged ? {} : before?.settings)
    const saved = await read(console, name)
    await notes.set(name, saved?.hash ?? '')
    await notes.set(`versions of ${name}`, saved?.versions ?? '')
    stages.push(stage)
  }
  return { stages, leftAlone }
}

async function put(
  console: Console,
  name: string,
  { account }: Stage,
  apiKey: string | undefined,
  changed: object = {},
): Promise<void> {
  const secrets = {
    ...(account.document['secrets'] as object),
    ...(apiKey !== undefined && { esp_api_token: apiKey }),
  }
  // There is no TLS on this machine; everywhere else it is required.
  const document = { ...account.document, requireTls: false, ...changed, name: undefined, secrets }
  const answer = await console.put(`/api/sources/${name}`, document)
  if (answer.status >= 300) throw new Error(`${name} was not saved: ${problemOf(answer)}`)
}

/** Fields of an answer that are neither settings nor secrets. */
const NO_SETTINGS = [
  'version', 'webhook_url', 'created_at', 'updated_at', 'secret_versions', 'rotations', 'refuses_everything', 'setup',
] // prettier-ignore

/** A source restored from a backup lists these fields in another order. They are sorted last, so that both give the same hash. */
const LAST = ['level', 'requireSourceIp']

interface Saved {
  readonly settings: Readonly<Record<string, unknown>>
  readonly hash: string
  /** The provider, and the names and versions of its secrets. */
  readonly versions: string
}

/** Undefined if there is no such source. */
async function read(console: Console, name: string): Promise<Saved | undefined> {
  const answer = await console.get(`/api/sources/${name}`)
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`the console did not show ${name}: ${problemOf(answer)}`)
  const source = jsonOf(answer) as Readonly<Record<string, unknown>>
  const settings = Object.entries(source)
    .filter(([field]) => !NO_SETTINGS.includes(field))
    .toSorted(([one], [other]) => LAST.indexOf(one) - LAST.indexOf(other))
  const secrets = (source['secret_versions'] ?? []) as readonly { slot: string; version: number }[]
  const versions = secrets.map(({ slot, version }) => `${slot} ${version}`)
  return {
    settings: Object.fromEntries(settings),
    hash: createHash('sha256')
      .update(JSON.stringify([settings, versions]))
      .digest('hex'),
    versions: [source['provider'], ...versions].join(', '),
  }
}
