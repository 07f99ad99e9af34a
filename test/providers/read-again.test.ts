/** Each recorded event is read from its original as it was read from its delivery, so reading again by the same code changes nothing. */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { inflatedBase64 } from '../../src/event/original/original.ts'
import { parseJsonText } from '../../src/platform/json.ts'
import { providerNamed } from '../../src/providers/index.ts'
import { eventsOf, openBody, understand } from '../../src/providers/shared/understand.ts'
import { FACTS } from './judge.ts'
import { bodyOf } from './natives.ts'

interface Case {
  readonly request: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body_base64: string
  }
  readonly expect: { readonly verdict: string }
}

const FIXTURES = path.join(import.meta.dirname, '../fixtures')
const NAMES = readdirSync(FIXTURES).filter((name) => providerNamed(name) !== undefined)

const casesOf = (name: string): readonly Case[] =>
  readdirSync(path.join(FIXTURES, name))
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => JSON.parse(readFileSync(path.join(FIXTURES, name, file), 'utf8')) as Case | Case[])
    .filter(({ expect: { verdict } }) => verdict === 'accept')

/** Without what only a header of the delivery says. */
const compared = (event: object | undefined) => ({
  ...event,
  id: '',
  original: undefined,
  provider_event_id: undefined,
})

it.each(NAMES)('%s', async (name) => {
  const provider = providerNamed(name)
  if (provider === undefined) throw new Error('it is known by its name')
  let originals = 0
  for (const { request } of casesOf(name)) {
    const text = Buffer.from(request.body_base64, 'base64').toString('utf8')
    const contentType = new Headers(request.headers).get('content-type') ?? ''
    const body = bodyOf(text, { contentType, query: new URL(request.url).search })
    const opened = openBody(provider, body)
    const items = opened.kind === 'items' ? opened.items : []
    for (const event of (await understand(provider, items, body, FACTS(name), true)).events) {
      if (event.original === undefined) continue
      originals++
      const item = parseJsonText(inflatedBase64(event.original) ?? '')
      const again = await eventsOf(provider, item, bodyOf(''), FACTS(name))
      expect(again).toHaveLength(1)
      expect(compared(again?.[0])).toEqual(compared(event))
    }
  }
  expect(originals).toBeGreaterThan(0)
})
