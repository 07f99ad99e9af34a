/** Reads native items without a simulated sender, for cases of a single provider. */
import { expect } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import type { Bytes } from '../../src/platform/bytes.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import type { Understood } from '../../src/providers/shared/understand.ts'
import { posted } from './simulated-events.ts'
import { read, words } from './judge.ts'

const JSON_TYPE = 'application/json'

const post = (body: string | Bytes, contentType: string) => posted(body, { 'content-type': contentType })

/** The contents of a body, as if it were verified. */
export const readBody = (
  provider: Provider,
  body: string | Bytes,
  contentType = JSON_TYPE,
): Promise<Understood> => read(provider, post(body, contentType))

/** The events of a body's items, all readable, without the check for required fields. */
export async function readWords(
  provider: Provider,
  body: string | Bytes,
  contentType = JSON_TYPE,
): Promise<readonly MailEvent[]> {
  const said = await words(provider, post(body, contentType))
  expect(said).not.toContain(undefined)
  return said.flatMap((events) => events ?? [])
}

/** The events of a JSON value, without the check for required fields. */
export const readAll = (provider: Provider, value: unknown): Promise<readonly MailEvent[]> =>
  readWords(provider, JSON.stringify(value))

/** The one event of a JSON value. */
export async function readOne(provider: Provider, value: unknown): Promise<MailEvent | undefined> {
  const events = await readAll(provider, value)
  expect(events).toHaveLength(1)
  return events[0]
}
