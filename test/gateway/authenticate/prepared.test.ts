import * as v from 'valibot'
import { expect, it } from 'vitest'
import { prepared } from '../../../src/gateway/authenticate/prepared.ts'
import { generic } from '../../../src/providers/generic.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import type { Source } from '../../../src/registry/sources/source.ts'
import { NOW_SECONDS, textSecret } from './making.ts'

const NOW_MS = NOW_SECONDS * 1_000

it('gives the accepted secrets of all slots that are asked for, in the order of the slots', () => {
  const [first, second, third, over] = ['first', 'second', 'third', 'over'].map(textSecret)
  const source = {
    name: 'orders',
    version: 1,
    config: v.parse(SourceConfigSchema, { provider: 'generic' }),
    secrets: { hmac: [first, { ...over, acceptedUntilMs: NOW_MS }], jwt: [second, third] },
  } as Source
  const { secrets } = prepared(source, generic, NOW_MS)
  expect(secrets(['hmac', 'jwt'])).toEqual([first, second, third])
  expect(secrets(['jwt', 'hmac'])).toEqual([second, third, first])
  expect(secrets(['api_key', 'hmac'])).toEqual([first])
  expect(secrets([])).toEqual([])
})

it.each([
  ['masked', 'https://***@hooks.example/in?token=***&shop=***', ['token', 'shop']],
  ['plain', 'https://hooks.example/in', []],
])('hands no parameter of the sealed URL on where the settings show it %s', (_how, publicUrl, names) => {
  const url = 'https://hookuser:s3cr3t@hooks.example/in?token=s3cr3t&shop=1'
  const source: Source = {
    name: 'orders',
    version: 1,
    config: v.parse(SourceConfigSchema, { provider: 'generic', publicUrl }),
    secrets: { webhook_url: [{ kind: 'signed-url', url }] },
  }
  const { settings, secretParameters } = prepared(source, generic, NOW_MS)
  expect(secretParameters).toEqual(names)
  expect(settings.publicUrl).toBe(names.length === 0 ? publicUrl : url)
})
