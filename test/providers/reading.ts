/** Reads native items without a sender: for what is one provider's own. */
import { expect } from 'vitest'
import type { Contents } from '../../src/event/envelope.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { type Bytes, utf8 } from '../../src/platform/bytes.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { NOW_SECONDS } from './happenings.ts'
import { read } from './judge.ts'

/** What is understood of a body, as if it were proven. */
export const readBody = (
  provider: Provider,
  body: Bytes,
  contentType = 'application/json',
): Promise<Contents> =>
  read(
    provider,
    {
      method: 'POST',
      query: '',
      headers: { 'content-type': contentType },
      body,
      proofHeaders: [],
      bodyIsSigned: false,
    },
    NOW_SECONDS,
  )

/** The events of a JSON value. */
export async function readAll(provider: Provider, value: unknown): Promise<readonly MailEvent[]> {
  const { events, quarantined } = await readBody(provider, utf8(JSON.stringify(value)))
  expect(quarantined).toEqual([])
  return events
}

/** The one event of a JSON value. */
export async function readOne(provider: Provider, value: unknown): Promise<MailEvent | undefined> {
  const events = await readAll(provider, value)
  expect(events).toHaveLength(1)
  return events[0]
}
