import { describe, expect, it } from 'vitest'
import { isQuiet, isTimeZone } from '../../src/channels/quiet-hours.ts'

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' }
  const lunch = { from: '12:00', to: '13:30', time_zone: 'Asia/Kolkata' }

  it.each([
    [night, '2026-11-27T20:59:59Z', false],
    [night, '2026-11-27T21:00:00Z', true],
    [night, '2026-11-27T23:30:00Z', true],
    [night, '2026-11-28T05:59:59Z', true],
    [night, '2026-11-28T06:00:00Z', false],
    // In summer the clock is two hours ahead of UTC.
    [night, '2026-07-01T20:00:00Z', true],
    [night, '2026-07-01T05:00:00Z', false],
    [lunch, '2026-11-27T06:29:00Z', false],
    [lunch, '2026-11-27T06:30:00Z', true],
    [lunch, '2026-11-27T08:00:00Z', false],
  ])('%o at %s: %s', (hours, time, expected) => {
    expect(isQuiet(hours, Date.parse(time))).toBe(expected)
  })

  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Mars/Olympus', false],
    ['+01:00', false],
    ['', false],
    [`Europe/${'x'.repeat(100)}`, false],
  ])('%s is a time zone: %s', (name, expected) => expect(isTimeZone(name)).toBe(expected))
})
