/** Rights of a person who sees only some sources, on an incident of several. */
import { describe, expect, it } from 'vitest'
import type { IncidentQuery } from '../../../src/watch/incidents/api.ts'
import { noted, opened, withContainment, written } from '../../../src/watch/incidents/lifecycle.ts'
import { reportOf } from '../../../src/watch/incidents/report.ts'
import { scopedTo } from '../../../src/watch/incidents/scope.ts'
import type { StoredFinding, StoredIncident } from '../../../src/watch/incidents/stored.ts'
import { IncidentTables } from '../../../src/watch/incidents/tables.ts'
import { viewOf } from '../../../src/watch/incidents/view.ts'
import { containment, storedFinding } from '../../support/incidents.ts'
import { WHO } from '../../support/who.ts'
import { ANY, START, inWorld } from './world.ts'

const NOW_MS = (START + 60) * 60_000

const finding = (source: string, at: number, network: string, more: Partial<StoredFinding> = {}) =>
  storedFinding({
    source,
    raisedMinute: START + at,
    sinceMs: (START + at - 5) * 60_000,
    evidence: `20 wrong secrets from ${network} in an hour, usually none`,
    networks: [network],
    ...more,
  })
const OWN = finding('shop', 3, '198.51.100.0/24')
const OTHER = finding('forum', 0, '203.0.113.0/24', { severity: 'critical' })
const block = (source: string, network: string, endsAtMs: number) =>
  containment({
    id: `block-${source}`,
    source,
    measure: { action: 'block', network },
    startedAtMs: NOW_MS - 60_000,
    endsAtMs,
    incident: 1,
  })

/** Of `forum` first; then `shop` joins. People and channels have written to it. */
function incidentOfTwo(): StoredIncident {
  const first = opened(1, 'source/forum/guessing', OTHER, (START + 1) * 60_000)
  const noteOfForum = written(first, (START + 2) * 60_000, 'noted', 'forum: mind the cashier.', 'admin')
  const joint = {
    ...noteOfForum,
    cause: 'network/203.0.113.0/24/guessing',
    source: null,
    findings: [OTHER, OWN],
    possible: {
      blocks: [
        { source: 'forum', network: '203.0.113.0/24' },
        { source: 'shop', network: '198.51.100.0/24' },
      ],
      raises: ['forum', 'shop'],
      refused: [
        { source: 'forum', network: '203.0.113.9/32', why: 'of forum' },
        {
          source: 'shop',
          network: '198.51.100.9/32',
          why: 'a delivery from it was verified in the last day',
        },
      ],
    },
  }
  const found = noted(joint, (START + 4) * 60_000, 'found', OWN)
  const told = written(found, NOW_MS, 'notified', 'ops (Slack) was told.', null, [])
  const contained = withContainment(
    told,
    block('forum', '203.0.113.0/24', NOW_MS + 60_000),
    'Blocked 203.0.113.0/24 at forum.',
    NOW_MS,
  )
  return written(contained, NOW_MS, 'noted', 'The same at forum and shop.', 'admin')
}

const scoped = (incident: StoredIncident, sources: readonly string[] | null) => {
  const found = scopedTo(incident, sources, NOW_MS)
  return found === null ? null : viewOf(found.incident, NOW_MS, found.isPartial)
}

describe('an incident of several sources, for a token of one', () => {
  it('has nothing about the others', () => {
    const view = scoped(incidentOfTwo(), ['shop', 'news'])
    expect(view).toMatchObject({
      source: 'shop',
      sources: ['shop'],
      isPartial: true,
      severity: 'warning',
      state: 'open',
      networks: ['198.51.100.0/24'],
      openedMs: (START + 4) * 60_000,
      containedMs: null,
      containments: [],
    })
    expect(view?.timeline.map(({ text }) => text)).toEqual([
      `shop: Wrong secrets from one network, warning: ${OWN.evidence}.`,
    ])
    expect(view?.actions.map(({ command }) => command)).toEqual([
      'postern incidents contain 1 --block 198.51.100.0/24 --for 3600',
    ])
    // The reason would tell from where the deliveries of others come.
    expect(view?.advice).toContain('Do not block 198.51.100.9/32: it may be the ESP’s.')
    const shown = JSON.stringify(view) + (view === null ? '' : reportOf(view, null, NOW_MS))
    for (const theirs of ['forum', '203.0.113', 'cashier', 'critical', 'Slack', '2 sources'])
      expect(shown).not.toContain(theirs)
  })

  it.each<[string, readonly string[] | null, boolean | null]>([
    ['all sources', null, false],
    ['both', ['forum', 'shop'], false],
    ['the first', ['forum'], true],
    ['none of them', ['news'], null],
    ['nothing', [], null],
  ])('is for whoever sees %s', (_, sources, isPartial) => {
    expect(scoped(incidentOfTwo(), sources)?.isPartial ?? null).toBe(isPartial)
  })

  it('keeps its own containments, and is contained only by them', () => {
    const own = withContainment(
      incidentOfTwo(),
      block('shop', '198.51.100.0/24', NOW_MS + 60_000),
      'Blocked 198.51.100.0/24 at shop.',
      NOW_MS,
    )
    expect(scoped(own, ['shop'])).toMatchObject({ state: 'contained', containedMs: NOW_MS - 60_000 })
  })

  it('has no review, which people wrote about all', () => {
    const review = { cause: 'forum', lessons: 'forum', by: 'admin', atMs: NOW_MS }
    const one: StoredIncident = { ...incidentOfTwo(), state: 'reviewed', resolvedMs: NOW_MS, review }
    expect(scoped(one, ['shop'])?.review).toBeNull()
    expect(scoped(one, null)?.review).toEqual(review)
  })

  it.each([
    ['shop', true],
    ['forum', false],
  ])('is, if the webhook of shop is off, seen by %s: %s', (source, isSeen) => {
    const off = storedFinding({ source: null, about: 'shop', kind: 'webhook_off', subject: 'shop' })
    const one = opened(3, 'operation/webhook_off/shop', off, NOW_MS)
    expect(scoped(one, [source])?.sources ?? null).toEqual(isSeen ? ['shop'] : null)
  })

  it('stays whole if its only source is seen, without lines about channels', () => {
    const told = written(opened(2, 'source/shop/guessing', OWN, NOW_MS), NOW_MS, 'notified', 'ops', null, [])
    expect(scoped(told, ['shop'])).toMatchObject({ isPartial: false, timeline: [{ kind: 'found' }] })
  })

  it('says to whoever sees all why a network is not to be blocked, and to others only that it is not', () => {
    const why = 'a delivery from it was verified in the last day'
    const refused = [{ source: 'shop', network: '198.51.100.0/24', why }]
    const one = { ...opened(2, 'c', OWN, NOW_MS), possible: { blocks: [], raises: [], refused } }
    expect(scoped(one, null)?.advice).toContain(`Do not block 198.51.100.0/24: ${why}.`)
    expect(scoped(one, ['shop'])?.advice).toContain('Do not block 198.51.100.0/24: it may be the ESP’s.')
    const over: StoredIncident = { ...one, state: 'resolved', resolvedMs: NOW_MS }
    expect(scoped(over, null)?.advice.join()).not.toContain('Do not block')
  })

  it('about the installation is for nobody who sees only some', () => {
    expect(scoped({ ...incidentOfTwo(), findings: [{ ...OWN, source: null }] }, ['shop'])).toBeNull()
  })
})

it('the object answers each token with its own part, and takes notes alone', () =>
  inWorld(async (world) => {
    world.nowMs = NOW_MS
    const { object } = world
    new IncidentTables(world.storage).put(incidentOfTwo())
    const listed = async (query: Partial<IncidentQuery>) =>
      (await object.list({ ...ANY, ...query })).map(({ sources }) => sources)
    expect(await listed({ sources: ['shop'] })).toEqual([['shop']])
    expect(await listed({})).toEqual([['forum', 'shop']])
    // Filters say nothing about the others.
    expect(await listed({ sources: ['shop'], severity: 'critical' })).toEqual([])
    expect(await listed({ sources: ['shop'], source: 'forum' })).toEqual([])
    expect(await listed({ sources: ['shop'], states: ['contained'] })).toEqual([])
    expect(await listed({ sources: ['news'] })).toEqual([])
    expect(await object.incident(1, ['news'])).toBeNull()
    expect(await object.act(1, { act: 'note', text: 'n' }, WHO, ['news'])).toEqual({
      ok: false,
      code: 'incident_unknown',
    })
    for (const act of [
      { act: 'acknowledge', assignee: null },
      { act: 'assign', assignee: 'ada' },
      { act: 'resolve', note: null },
      { act: 'review', cause: 'c', lessons: 'l' },
    ] as const)
      expect(await object.act(1, act, WHO, ['shop'])).toEqual({ ok: false, code: 'incident_partial' })
    const answer = await object.act(1, { act: 'note', text: 'Ours.' }, WHO, ['shop'])
    expect(answer).toMatchObject({ ok: true, incident: { sources: ['shop'] } })
    expect(JSON.stringify(answer)).not.toContain('forum')
    expect((await object.incident(1, ['shop']))?.timeline.at(-1)?.text).toBe('Ours.')
    expect((await object.incident(1, ['forum']))?.timeline.map(({ text }) => text)).not.toContain('Ours.')
  }))
