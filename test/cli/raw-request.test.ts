import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { parseRequest } from '../../src/cli/raw-request.ts'
import { UsageError } from '../../src/cli/stop.ts'

const headersOf = (...lines: string[]) =>
  parseRequest(Buffer.from(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\nbody`, 'latin1')).headers

describe('a header of a saved request', () => {
  it.each<[string, string, string]>([
    ['a value', 'a: b', 'b'],
    ['no value', 'a:', ''],
    ['white space alone', 'a: \t ', ''],
    ['white space around it', 'a: \t b c\t ', 'b c'],
    ['no white space', 'a:b', 'b'],
    ['colons', 'a: b: c', 'b: c'],
    ['a space of another kind', 'a: \u00a0b\u00a0', '\u00a0b\u00a0'],
    ['much white space within', `a: b${' \t'.repeat(500_000)}c`, `b${' \t'.repeat(500_000)}c`],
  ])('with %s', (_what, line, value) => {
    const [header] = headersOf(line)
    expect(header?.[0]).toBe('a')
    expect(header?.[1] === value).toBe(true)
  })

  it.each([
    ['without a colon', 'a'],
    ['without a name', ': b'],
    ['with a space in its name', 'a b: c'],
    ['with a line break that is none of HTTP', 'a: b\rc'],
  ])('%s is none', (_what, line) => {
    expect(() => headersOf(line)).toThrow(UsageError)
  })
})
