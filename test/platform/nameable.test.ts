import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { PROVIDERS } from '../../src/providers/index.ts'
import { nameable } from '../../src/platform/nameable.ts'
import { SourceDocumentSchema } from '../../src/registry/sources/document.ts'

const OURS = [
  ...Object.keys(SourceDocumentSchema.entries),
  ...PROVIDERS.flatMap(({ secrets }) => Object.keys(secrets)),
]

it.each([
  ...OURS,
  'allowedIPs',
  'alowed_ips',
  'Level',
  'allowedIps.999',
  'lines.3.mac',
  'signature.idHeader',
  '__proto__',
])('repeats %s', (path) => {
  expect(nameable(path)).toBe(path)
})

it.each([
  'ada@example.com',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'pst_0123456789ab_x',
  'SG-a1B2c3D4e5F6',
  '5f4dcc3b5aa765d61d8327deb882cf99',
  'deadbeefcafe1234feed',
  'a name',
  'level.a b',
  'x'.repeat(31),
  'a.'.repeat(101),
  'line\nbreak',
  '<b>',
])('repeats nothing of %j', (path) => {
  expect(nameable(path)).toBe('')
})

it('refuses random tokens of 24 bytes in any alphabet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (bytes) => {
      for (const alphabet of ['hex', 'base64', 'base64url'] as const)
        expect(nameable(Buffer.from(bytes).toString(alphabet))).toBe('')
    }),
  )
})
