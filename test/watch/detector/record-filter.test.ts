import { describe, expect, it } from 'vitest'
import { RecordFilter } from '../../../src/watch/detector/detector.ts'

describe('the record filter', () => {
  it.each<[string, number[], number[]]>([
    ['the first sum', [3], [3]],
    ['no sum that is as large as the last', [3, 3], [3, 0]],
    ['a sum that is larger by more than a fifth', [3, 3.5, 4], [3, 0, 0]],
    ['a sum that is much larger', [3, 5], [3, 5]],
    ['nothing where nothing is', [0, 0], [0, 0]],
    [
      'the same sum 100 rows later',
      [3, ...Array<number>(100).fill(0), 3],
      [3, ...Array<number>(100).fill(0), 3],
    ],
    [
      'nothing of it 10 rows later',
      [3, ...Array<number>(10).fill(0), 3],
      [3, ...Array<number>(10).fill(0), 0],
    ],
  ])('passes %s', (_, sums, passed) => {
    const filter = new RecordFilter()
    expect(sums.map((sum) => filter.pass(sum))).toEqual(passed)
  })
})
