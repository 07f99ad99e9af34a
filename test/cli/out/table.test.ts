import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cell, fields, table as tableOf } from '../../../src/cli/out/table.ts'
import type { Paint } from '../../../src/cli/command.ts'
import { anyText } from '../../support/any-text.ts'

/** A table whose rows are lists of cells. */
const table = (heads: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string =>
  tableOf(
    heads.map((head, i) => [head, (row: readonly Cell[]) => row[i]] as const),
    rows,
    paint,
  )

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
      fc.property(fc.array(fc.array(anyText(), { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
        const text = table(['A', 'B'], rows, plain)
        expect(text.split('\n')).toHaveLength(rows.length + 1)
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
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

describe('a table on a terminal', () => {
  const on = (columns: number) => Object.assign((_style: string, text: string) => text, { columns })
  const rows = [['an-id-that-stays-whole', 'a long explanation of what happened', 'short']]

  it('fits its width: the widest column is cut, never the first', () => {
    const lines = table(['ID', 'WHY', 'X'], rows, on(50)).split('\n')
    expect(lines[1]).toBe('an-id-that-stays-whole  a long explanation…  short')
    expect(lines.every((line) => line.length <= 50)).toBe(true)
  })

  it('is whole where there is room, and where the output is no terminal', () => {
    expect(table(['ID', 'WHY', 'X'], rows, on(200))).not.toContain('…')
    expect(table(['ID', 'WHY', 'X'], rows, (_style, text) => text)).not.toContain('…')
  })

  it('keeps ten columns of each cell, however narrow the terminal is', () => {
    expect(table(['ID', 'WHY', 'X'], rows, on(5)).split('\n')[1]).toBe(
      'an-id-that-stays-whole  a long ex…  short',
    )
  })
})
