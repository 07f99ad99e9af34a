import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fields, table } from '../../../../scripts/cli/out/table.ts'

const plain = (_style: string, text: string) => text

describe('a table', () => {
  it.each([
    [
      'columns',
      ['A', 'LONG'],
      [
        ['x', 1],
        ['longer', null],
      ],
      'A       LONG\nx       1\nlonger  –',
    ],
    [
      'wide characters',
      ['A', 'B'],
      [
        ['日本', 'x'],
        ['abcd', 'y'],
      ],
      'A     B\n日本  x\nabcd  y',
    ],
    [
      'marks that take no room',
      ['A', 'B'],
      [
        ['e\u0301', 'x'],
        ['ab', 'y'],
      ],
      'A   B\ne\u0301   x\nab  y',
    ],
    ['nothing', ['A'], [], 'none'],
  ])('has %s in line', (_what, heads, rows, text) => {
    expect(table(heads, rows, plain)).toBe(text)
  })

  it('holds nothing that moves the cursor, turns text round or begins a line, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 }), { minLength: 1 }),
        (rows) => {
          const text = table(['A', 'B'], rows, plain)
          expect(text.split('\n')).toHaveLength(rows.length + 1)
          expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        },
      ),
    )
  })
})

describe('fields', () => {
  it('are one a line, absent ones left out, names made visible, too', () => {
    expect(
      fields(
        [
          ['a', 1],
          ['bc', undefined],
          ['d\u001b', 'x\ny'],
        ],
        plain,
      ),
    ).toBe('a          1\nd[U+001B]  x[U+000A]y')
  })
})
