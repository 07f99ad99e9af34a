import { describe, expect, it } from 'vitest'
import { check } from '../../../src/gateway/check/index.ts'
import type { ClientFacts } from '../../../src/providers/shared/presented-credentials.ts'
import { LEVELS } from '../../../src/event/decision.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import { CLIENT, verifiedFrom, providerWith, sourceWith } from './support.ts'

const NOW = 1_800_000_000
const elsewhere = { allowedIps: ['203.0.113.0/24'] }
const http: ClientFacts = { ...CLIENT, https: false, tlsVersion: null }

const run = (
  settings: Partial<SourceConfig> = {},
  client: ClientFacts = CLIENT,
  signedAtSeconds: number | undefined = NOW,
) => check(verifiedFrom(client, signedAtSeconds), sourceWith(settings), providerWith(), NOW * 1_000)

describe('levels', () => {
  it.each(LEVELS)('let through at %s what passes everything', (level) => {
    const { outcome, record } = run({ level })
    expect(outcome).toEqual({ ok: true, value: record })
    expect(record).toEqual({ passed: ['source_ip', 'transport'], failed: [], alerts: [] })
  })

  it.each([
    ['standard', {}, CLIENT, []],
    ['standard', elsewhere, CLIENT, ['source_ip']],
    ['standard', {}, http, ['transport']],
    ['standard', elsewhere, http, ['source_ip', 'transport']],
    ['enhanced', elsewhere, CLIENT, ['source_ip']],
    ['enhanced', {}, http, ['transport']],
  ] as const)('tolerate at %s, with an alert each (%j)', (level, settings, client, failed) => {
    const { outcome, record } = run({ ...settings, level, allowedIps: allowed(settings) }, client)
    expect(outcome.ok).toBe(true)
    expect(record.failed).toEqual(failed)
    expect(record.alerts).toHaveLength(failed.length)
  })

  it.each([
    ['enhanced', elsewhere, http, ['source_ip', 'transport'], 1],
    ['maximum', elsewhere, CLIENT, ['source_ip'], 0],
    ['maximum', {}, http, ['transport'], 0],
    ['maximum', elsewhere, http, ['source_ip', 'transport'], 0],
  ] as const)('refuse at %s', (level, settings, client, failed, tolerated) => {
    const { outcome, record } = run({ ...settings, level, allowedIps: allowed(settings) }, client)
    expect(outcome).toEqual({ ok: false, refusal: { code: 'checks_failed', failed, tolerated } })
    expect(record.failed).toEqual(failed)
  })
})

describe('check replay', () => {
  it.each<[string, number | undefined, Partial<SourceConfig>, boolean]>([
    ['signed now', NOW, {}, true],
    ['signed at the far edge of the window', NOW - 300, {}, true],
    ['signed one second earlier', NOW - 301, {}, false],
    ['signed ahead by the window', NOW + 300, {}, true],
    ['signed one second further ahead', NOW + 301, {}, false],
    ['signed at zero', 0, {}, false],
    ['signed at the end of time', 999_999_999_999, {}, false],
    ['with no time signed', undefined, {}, true],
    ['within a longer window of the source', NOW - 3_000, { replayWindowSeconds: 3_600 }, true],
    ['five minutes ahead', NOW + 300, { replayWindowSeconds: 86_400 }, true],
    ['further ahead, whatever the window', NOW + 301, { replayWindowSeconds: 86_400 }, false],
    ['ahead by more than a shorter window', NOW + 31, { replayWindowSeconds: 30 }, false],
    ['outside of a shorter window of the source', NOW - 60, { replayWindowSeconds: 30 }, false],
  ])('of a delivery %s', (_what, signedAtSeconds, settings, fresh) => {
    const windowSeconds = Math.min(settings.replayWindowSeconds ?? 300, 300)
    for (const level of LEVELS) {
      const verified = verifiedFrom(CLIENT, signedAtSeconds)
      const { outcome, record } = check(
        verified,
        sourceWith({ ...settings, level }),
        providerWith(),
        NOW * 1_000,
      )
      const refusal = {
        code: 'timestamp_outside_window',
        ageSeconds: NOW - (signedAtSeconds ?? 0),
        windowSeconds,
      }
      expect(outcome).toEqual(fresh ? { ok: true, value: record } : { ok: false, refusal })
      expect(record.failed).toEqual(fresh ? [] : ['replay'])
    }
  })
})

/** Undefined is no list. */
const allowed = (settings: { readonly allowedIps?: readonly string[] }) =>
  settings.allowedIps === undefined ? undefined : [...settings.allowedIps]
