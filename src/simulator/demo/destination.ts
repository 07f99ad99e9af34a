/** Sends the demo's events to its receiver, through the console's API. A destination that a person has pointed elsewhere stays as it is. */
import { type Console, problemOf } from '../console.ts'
import { jsonOf } from '../http.ts'
import { readNotes } from './notes.ts'

export const DEMO_DESTINATION = 'demo-app'

export interface DemoDestinationOptions {
  readonly console: Console
  readonly endpointUrl: string
  /** The receiver's secret: `whsec_…`. */
  readonly secret: string
  /** The file that stores the URL as the demo last saved it. */
  readonly notesPath: string
}

/**
 * Events of one message in order, so that the pages show what a failure holds back. While a past is made, a busy machine answers
 * late.
 */
const FIRST_SETTINGS = { ordered: true, concurrency: 2, start: 'oldest', timeout_seconds: 30 }

/**
 * Saves the receiver's URL and secret, which are new at each start. All other settings stay as a person left them.
 *
 * @returns false if somebody has changed the URL or removed the destination since
 */
export async function putDemoDestination(options: DemoDestinationOptions): Promise<boolean> {
  const { console, endpointUrl, secret, notesPath } = options
  const notes = await readNotes<string>(notesPath)
  const settings = await settingsOf(console)
  if (settings?.['url'] !== notes.get(DEMO_DESTINATION)) return false
  const answer = await console.put(`/api/destinations/${DEMO_DESTINATION}`, {
    ...(settings ?? FIRST_SETTINGS),
    url: endpointUrl,
    secrets: { signing_secret: secret },
  })
  if (answer.status >= 300) throw new Error(`${DEMO_DESTINATION} was not saved: ${problemOf(answer)}`)
  await notes.set(DEMO_DESTINATION, endpointUrl)
  return true
}

/** Fields of an answer that are not part of the document. Values of headers cannot be read, and belong to the receiver that has ended. */
const NO_SETTINGS = [
  'name', 'version', 'created_at', 'updated_at', 'secret_versions', 'rotations', 'delivery', 'headers', 'restored_at',
] // prettier-ignore

/** Undefined if there is no such destination. */
async function settingsOf(console: Console): Promise<Record<string, unknown> | undefined> {
  const answer = await console.get(`/api/destinations/${DEMO_DESTINATION}`)
  if (answer.status === 404) return undefined
  if (answer.status !== 200)
    throw new Error(`the console did not show ${DEMO_DESTINATION}: ${problemOf(answer)}`)
  const entries = Object.entries(jsonOf(answer) as Record<string, unknown>)
  return Object.fromEntries(entries.filter(([name]) => !NO_SETTINGS.includes(name)))
}
