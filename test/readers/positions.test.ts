import { describe, expect, it } from 'vitest'
import { PositionMoved, Positions } from '../../src/readers/positions.ts'
import { ARRIVAL_START, type ArrivalPosition } from '../../src/store/arrival.ts'
import { inObject } from '../support/objects.ts'

/** Readers of one new object. Each call of `open` is another instance. */
const within = (work: (open: () => Positions, storage: DurableObjectStorage) => void) =>
  inObject(({ storage }) => work(() => new Positions(storage), storage))

const at = (number: number): ArrivalPosition => ({
  segment: Math.floor(number / 10),
  done: number % 10,
  number,
})

describe('a reader', () => {
  it('that nobody has started has no position', () =>
    within((open) => {
      expect(open().find('main')).toBeUndefined()
    }))

  it('stands where it was started, and then where it has moved', () =>
    within((open) => {
      const positions = open()
      positions.start('main', ARRIVAL_START)
      expect(positions.find('main')).toEqual({ position: ARRIVAL_START, until: null, missed: 0 })
      positions.advance('main', ARRIVAL_START, at(12), 3)
      positions.advance('main', at(12), at(25), 4)
      // Another instance, as after an eviction.
      expect(open().find('main')).toEqual({ position: at(25), until: null, missed: 7 })
    }))

  it('can end at a position, beside another one', () =>
    within((open) => {
      const positions = open()
      positions.start('main', at(90))
      positions.start('replay', at(10), at(50))
      positions.advance('replay', at(10), at(20), 0)
      expect(positions.find('main')?.position).toEqual(at(90))
      expect(positions.find('replay')).toEqual({ position: at(20), until: at(50), missed: 0 })
      positions.end('replay')
      expect(positions.find('replay')).toBeUndefined()
      expect(positions.find('main')?.position).toEqual(at(90))
    }))

  it('that is started again begins anew', () =>
    within((open) => {
      const positions = open()
      positions.start('main', at(10), at(50))
      positions.advance('main', at(10), at(20), 9)
      positions.start('main', at(5))
      expect(positions.find('main')).toEqual({ position: at(5), until: null, missed: 0 })
    }))
})

describe('a second instance of the object', () => {
  it.each<[string, ArrivalPosition]>([
    ['behind', at(0)],
    ['ahead', at(30)],
    ['in another segment', { ...at(12), segment: 2 }],
    ['at another event of the segment', { ...at(12), done: 3 }],
    ['with another number', { ...at(12), number: 13 }],
  ])('moves nothing that the first has moved: it stands %s', (_name, from) =>
    within((open) => {
      open().start('main', at(12))
      expect(() => open().advance('main', from, at(40), 5)).toThrow(PositionMoved)
      expect(open().find('main')).toEqual({ position: at(12), until: null, missed: 0 })
    }),
  )

  it('leaves nothing of the transaction in which it would have moved', () =>
    within((open, storage) => {
      const first = open()
      const second = open()
      first.start('main', at(0))
      first.advance('main', at(0), at(10), 0)
      const late = () =>
        storage.transactionSync(() => {
          second.start('replay', at(0), at(5))
          second.advance('main', at(0), at(20), 0)
        })
      expect(late).toThrow(PositionMoved)
      expect([first.find('main')?.position, first.find('replay')]).toEqual([at(10), undefined])
    }))

  it('moves no reader that was ended', () =>
    within((open) => {
      open().start('replay', at(0), at(5))
      open().end('replay')
      expect(() => open().advance('replay', at(0), at(5), 0)).toThrow(PositionMoved)
    }))
})
