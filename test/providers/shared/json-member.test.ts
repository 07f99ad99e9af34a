import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textOf, utf8 } from '../../../src/platform/bytes.ts'
import { onlyTextMember } from '../../../src/providers/shared/json-member.ts'

const found = (json: string, name = 'auth'): string | undefined => {
  const body = utf8(json)
  const span = onlyTextMember(body, name)
  return span && textOf(body.subarray(span.start, span.end))
}

describe('the only text member of that name', () => {
  it.each([
    ['first', '{"auth":"x","b":1}', 'x'],
    ['last', '{"b":{"c":[1,{}]},"auth":"x"}', 'x'],
    ['empty', '{"auth":""}', ''],
    ['escaped inside', String.raw`{"auth":"a\"b\\"}`, String.raw`a\"b\\`],
    ['behind a text that looks like it', String.raw`{"a":"\",\"auth\":\"no","auth":"x"}`, 'x'],
    ['behind one of an object inside', '{"a":{"auth":"no"},"b":[{"auth":"no"}],"auth":"x"}', 'x'],
    ['behind brackets in a text', '{"a":"{[","auth":"x"}', 'x'],
    ['only inside', '{"a":{"auth":"no"}}', undefined],
    ['twice', '{"auth":"x","auth":"x"}', undefined],
    ['in a list', '["auth","x"]', undefined],
    ['a number', '{"auth":1,"b":"x"}', undefined],
    ['a value and no name', '{"b":"auth","c":"x"}', undefined],
    ['spelled with an escape', String.raw`{"\u0061uth":"x"}`, undefined],
    ['absent', '{}', undefined],
  ])('%s: %s', (_what, json, expected) => {
    expect(found(json)).toBe(expected)
  })

  it('is found at its position, with any surroundings', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (before, after) => {
        const { auth: _, ...rest } = before
        const inner = JSON.stringify(rest).slice(1, -1)
        const json = `{${inner}${inner === '' ? '' : ','}"auth":"0123","zz":${JSON.stringify(after)}}`
        expect(found(json)).toBe('0123')
      }),
    )
  })

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const span = onlyTextMember(bytes, 'auth')
        expect(span === undefined || span.start <= span.end).toBe(true)
      }),
    )
  })
})
