/** The list of incidents, the forms of one, and those on Home. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConsoleIncidents } from '../../../src/console/env.ts'
import type { Incident } from '../../../src/watch/incidents/incident.ts'
import {
  EXAMPLE,
  containment,
  drifted,
  incident,
  incidentObjects,
  incidentsKept,
} from '../../support/incidents.ts'
import { point, watcherObjects } from '../../support/watchers.ts'
import { WHO } from '../../support/who.ts'
import { ensureSources } from '../credentials.ts'
import { migrate, newConsole, registryWith } from '../support.ts'
import { logIn, textOf } from './visitor.ts'

beforeAll(migrate)

const ALL = [
  incident({ number: 6, source: null, sources: [], kind: 'queue_backlog', severity: 'info' }),
  incident({ number: 5, source: 'news', sources: ['news'], state: 'reviewed' }),
  incident({ number: 4, source: null, sources: ['news', 'shop'], severity: 'critical', acknowledgedMs: 1 }),
  incident({ number: 3, source: 'news', sources: ['news'], state: 'resolved', severity: 'error' }),
  incident({ number: 2, source: 'news', sources: ['news'], state: 'acknowledged', acknowledgedMs: 1 }),
  incident({ number: 1 }),
]

/** Somebody in front of a console that has these incidents. */
async function entered(
  all: readonly Incident[] = ALL,
  role: 'viewer' | 'operator' = 'operator',
  sources?: string[],
) {
  const objects = incidentsKept(all)
  const here = newConsole({ INCIDENTS: objects })
  return { here, objects, ...(await logIn(here, role, sources)) }
}

/** On Home. */
const wrongIn = (html: string): number[] =>
  [...html.matchAll(/href="\/incidents\/(\d+)">Incident \d+<\/a> · /g)].map(([, number]) => Number(number))

const numbersIn = (html: string): number[] =>
  [...html.matchAll(/href="\/incidents\/(\d+)"><span class="badge state/g)].map(([, number]) =>
    Number(number),
  )

it('shows the worst figures, and each time on the clock of the reader', async () => {
  const one = incident({
    risk: { level: 'low', reasons: ['It is contained until 2026-06-02T10:30:00.000Z.'] },
  })
  const worse = (finding: Incident['findings'][number]) => ({
    ...finding,
    worst: { ...finding.worst, evidence: '90 wrong secrets', atMs: finding.current.atMs - 60_000 },
  })
  const { someone } = await entered([{ ...one, findings: one.findings.map(worse) }])
  someone.cookies.set('postern_zone', 'Europe/Berlin')
  const html = await someone.html('/incidents/17')
  expect(html).toContain('<time datetime="2026-06-02T10:30:00.000Z"')
  expect(textOf(html)).toMatch(/It is contained until (2026-06-02 )?12:30:00/)
  expect(textOf(html)).toMatch(/At its worst, .*: 90 wrong secrets/)
})

describe('the list', () => {
  it.each([
    ['', [4, 2, 1, 5, 3]],
    ['?severity=info', [6, 4, 2, 1, 5, 3]],
    ['?state=open', [4, 1]],
    ['?state=resolved', [3]],
    ['?severity=error', [4, 3]],
    ['?source=shop', [4, 1]],
    ['?source=+shop+&severity=critical', [4]],
    ['?state=eaten&severity=awful', [4, 2, 1, 5, 3]],
  ])('%s is %j', async (query, expected) => {
    const { someone } = await entered()
    expect(numbersIn(await someone.html(`/incidents${query}`))).toEqual(expected)
  })

  it('has pages, each with those that are not over first', async () => {
    const many = Array.from({ length: 120 }, (_, i) =>
      incident({ number: 120 - i, state: i % 2 === 0 ? 'open' : 'resolved' }),
    )
    const { someone } = await entered(many)
    const seen: number[] = []
    const sizes: number[] = []
    let path: string | undefined = '/incidents?severity=warning'
    while (path !== undefined) {
      const html: string = await someone.html(path)
      const numbers = numbersIn(html)
      seen.push(...numbers)
      sizes.push(numbers.length)
      path = /href="([^"]*cursor[^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(sizes).toEqual([50, 50, 20])
    const descending = (rest: number) => Array.from({ length: 60 }, (_, i) => 120 - 2 * i - rest)
    expect(seen).toEqual([...descending(0), ...descending(1)])
  })

  it('folds away what pages nobody, with its number', async () => {
    const infos = Array.from({ length: 60 }, (_, i) => incident({ number: 100 - i, severity: 'info' }))
    const { someone } = await entered([...infos, ...ALL])
    expect(numbersIn(await someone.html('/incidents'))).toEqual([4, 2, 1, 5, 3])
    const html = await someone.html('/incidents?state=open')
    expect(textOf(html)).toContain('61 of severity info are folded away. Show all')
    expect(html).toContain('href="/incidents?state=open&amp;severity=info"')
    expect(await someone.text('/incidents?severity=info')).not.toContain('folded away')
    const first = await someone.html('/')
    expect(wrongIn(first)).toEqual([4, 1])
    expect(textOf(first)).toContain('62 more findings , for information or taken care of')
  })

  it('shows a token for one source only its incidents', async () => {
    const { someone } = await entered(ALL, 'viewer', ['news'])
    expect(numbersIn(await someone.html('/incidents'))).toEqual([2, 5, 3])
    const seen = await Promise.all([6, 4, 1].map(async (n) => (await someone.get(`/incidents/${n}`)).status))
    expect(seen).toEqual([404, 404, 404])
  })
})

it.each([
  [1, ['acknowledge', 'assign', 'resolve', 'notes']],
  [2, ['assign', 'resolve', 'notes']],
  [3, ['review', 'notes']],
])('has the controls that the state of incident %d allows, and a viewer none', async (number, verbs) => {
  const controls = (html: string) =>
    [...html.matchAll(/(?:action|href)="\/incidents\/\d+\/(\w+)"/g)].map(([, verb]) => verb)
  const { someone } = await entered()
  expect(controls(await someone.html(`/incidents/${number}`))).toEqual(verbs)
  const viewer = await entered(ALL, 'viewer')
  expect(controls(await viewer.someone.html(`/incidents/${number}`))).toEqual([])
})

it('names who it is assigned to, not as who acknowledged it', async () => {
  const { someone } = await entered([incident({ assignee: 'Ada', acknowledgedMs: null })])
  expect(await someone.text('/incidents/17')).toMatch(
    /nobody has acknowledged it ?, assigned to Ada ?, began/,
  )
})

it('is not said to last, nor shows empty parts, once it is over', async () => {
  const { someone } = await entered([incident({ state: 'resolved', resolvedMs: 1 })])
  const text = await someone.text('/incidents/17')
  for (const none of ['it lasts', 'Contained', 'Review </h2>', 'Nothing']) expect(text).not.toContain(none)
  expect(await (await entered([incident()])).someone.text('/incidents/17')).toContain('it lasts')
})

it.each([
  ['destination_failing', '<a href="/destinations/app">app</a>'],
  ['channel_failing', '<a href="/channels/app">app</a>'],
  ['queue_backlog', '<dd><bdi>app</bdi></dd>'],
])('of %s leads to where its subject is mended', async (kind, link) => {
  const { someone } = await entered([incident({ source: null, sources: [], kind, subject: 'app' })])
  expect(await someone.html('/incidents/17')).toContain(link)
})

const LONG = 'x'.repeat(4_001)

describe('a form', () => {
  it.each([
    ['acknowledge', { assignee: ' ada ' }, { act: 'acknowledge', assignee: 'ada' }, 'acknowledged'],
    ['assign', { assignee: '' }, { act: 'assign', assignee: null }, 'assigned'],
    ['notes', { text: 'one\r\ntwo' }, { act: 'note', text: 'one\ntwo' }, 'noted'],
    ['resolve', { note: '' }, { act: 'resolve', note: null }, 'resolved'],
  ])('%s %j does %j', async (verb, fields, asked, notice) => {
    const { objects, someone, form_token } = await entered()
    const answer = await someone.post(`/incidents/1/${verb}`, { form_token, ...fields })
    expect(answer.headers.get('location')).toBe(`/incidents/1?notice=${notice}`)
    expect(objects.acts).toEqual([asked])
    expect(await someone.html(`/incidents/1?notice=${notice}`)).toContain('role="status"')
  })

  it('says why nothing was done', async () => {
    const { someone, form_token } = await entered()
    // The stand-in refuses every review, as the object does while the incident is not over.
    const refused = await someone.post('/incidents/1/review', { form_token, cause: 'a', lessons: 'b' })
    expect(refused.status).toBe(409)
    expect(await refused.text()).toContain('Only an incident that is over can be reviewed')
  })

  it.each([
    [1, 'notes', { text: ' \r\n ' }, ['text'], 'Must not be empty.'],
    [3, 'review', { cause: `The typed cause ${LONG}`, lessons: '' }, ['cause', 'lessons'], 'at most 4,000'],
  ])(
    'of incident %d: %s shows what is wrong at its field, once',
    async (number, verb, fields, wrong, says) => {
      const { objects, someone, form_token } = await entered()
      const answer = await someone.post(`/incidents/${number}/${verb}`, { form_token, ...fields })
      expect(answer.status).toBe(422)
      const html = await answer.text()
      for (const one of wrong) expect(html).toContain(`href="#${one}"`)
      expect([...html.matchAll(/id="(\w+)-problem"/g)].map(([, one]) => one)).toEqual(wrong)
      expect(textOf(html).split(says)).toHaveLength(2)
      if ('cause' in fields) expect(html).toContain('The typed cause')
      expect(objects.acts).toEqual([])
    },
  )

  it('takes the longest texts in any script', async () => {
    const { objects, someone, form_token } = await entered()
    const text = '事'.repeat(4_000)
    await someone.post('/incidents/1/review', { form_token, cause: text, lessons: text })
    expect(objects.acts).toEqual([{ act: 'review', cause: text, lessons: text }])
  })
})

const BLOCK = { action: 'block', network: '203.0.113.0/24', seconds: 3_600 } as const
const PAUSE = { action: 'pause', seconds: 3_600 } as const
const LASTING = containment({ startedAtMs: 0, endsAtMs: Date.UTC(2999, 0) })

/** Somebody in front of one incident, whose object answers so. */
async function containing(
  answers: Partial<ConsoleIncidents>,
  change: Partial<Incident> = {},
  role: 'viewer' | 'operator' = 'operator',
) {
  const found = incident({
    actions: [
      {
        label: 'Block it',
        source: 'shop',
        contain: BLOCK,
        command: 'postern incidents contain 17 --block 203.0.113.0/24',
      },
      { label: 'Resolve', source: null, contain: null, command: null },
    ],
    containments: [
      { ...LASTING, id: 'c-0', endsAtMs: 1 },
      { ...LASTING, id: 'c-2', liftedAtMs: 1, liftedBy: null, measure: { action: 'pause' } },
      LASTING,
    ],
    ...change,
  })
  const asked: unknown[][] = []
  const objects = incidentObjects({
    list: async () => [found],
    incident: async () => found,
    contain: async (source, request, number) => {
      asked.push(['contain', source, request, number])
      return (
        answers.contain?.(source, request, number, WHO) ?? { ok: true, containment: LASTING, unreached: [] }
      )
    },
    lift: async (id) => {
      asked.push(['lift', id])
      return answers.lift?.(id, WHO) ?? LASTING
    },
  })
  const containments = async () => [LASTING]
  const here = newConsole({ INCIDENTS: objects, REGISTRY: registryWith({ sources: { containments } }) })
  const { someone, form_token } = await logIn(here, role)
  return { asked, someone, form_token, html: await someone.html('/incidents/17') }
}

it('says of a resolved incident that its containment goes on, and at the source that it does', async () => {
  const objects = incidentsKept([incident({ containments: [LASTING] })])
  const containments = async () => [LASTING]
  const here = newConsole({ INCIDENTS: objects, REGISTRY: registryWith({ sources: { containments } }) })
  await ensureSources(here, ['shop'])
  const { someone, form_token } = await logIn(here, 'operator')
  const answer = await someone.post('/incidents/17/resolve', { form_token, note: '' })
  const location = answer.headers.get('location') ?? ''
  expect(location).toBe('/incidents/17?notice=resolved_contained')
  expect(await someone.text(location)).toContain('What contains it goes on until its end')
  expect(await someone.text('/sources/shop')).toMatch(
    /Contained: block 203\.0\.113\.0\/24 until .* \( Incident 17 \)/,
  )
})

it('shows the signal of an incident from an hour before it, what it is about first', async () => {
  const sinceMs = Date.now() - 600_000
  const found = incident({ number: 9, kind: 'brute_force', source: 'chart', sources: ['chart'], sinceMs })
  const refused = { signature_mismatch: 20 }
  const here = newConsole({
    INCIDENTS: incidentsKept([found]),
    SOURCE_WATCHERS: watcherObjects([point(Math.floor(sinceMs / 60_000) + 2, { refused })]),
  })
  const document = { provider: 'generic', secrets: { hmac: 'a-shared-secret-of-the-pages' } }
  await here.api('PUT', '/api/sources/chart', document)
  const { someone } = await logIn(here, 'operator')
  const html = await someone.html('/incidents/9')
  expect(textOf(html)).toMatch(/Refused deliveries 20.+Accepted deliveries/)
  expect(html).toContain('href="/sources/chart?from=')
})

it('shows the example of a payload, to be copied', async () => {
  const { someone } = await entered([drifted({ number: 8 })])
  const html = await someone.html('/incidents/8')
  expect(html).toContain('data-copy="the example"')
  expect(textOf(html)).toContain(EXAMPLE.replaceAll('"', '&quot;'))
  expect(await (await entered()).someone.html('/incidents/1')).not.toContain('the example')
})

describe('containing', () => {
  it('has a button for each recommended one, and one that lifts what lasts', async () => {
    const { asked, someone, html, form_token } = await containing({})
    const text = textOf(html)
    for (const shown of [
      'block 203.0.113.0/24 at shop',
      'the policy of the source',
      'pause the source',
      'lifted',
    ])
      expect(text).toContain(shown)
    expect(html).toMatch(
      /class="button primary" href="\/incidents\/17\/contain\?contain=Block\+it" data-open="dialog"/,
    )
    expect(html.match(/incidents\/17\/contain\?/g)).toHaveLength(1)
    expect(await someone.text('/incidents/17/contain?contain=Block+it')).toMatch(
      /refuse each delivery to shop from 203\.0\.113\.0\/24\. 0 requests of the incident came from there.*1 hour/,
    )
    // Home leads to the first one, and does not know its label.
    expect(await someone.html('/incidents/17/contain')).toContain('name="contain" value="Block it"')
    expect(html.match(/action="\/incidents\/17\/lift"/g)).toHaveLength(1)
    const contained = await someone.post('/incidents/17/contain', {
      form_token,
      contain: 'Block it',
    })
    expect(contained.headers.get('location')).toBe('/incidents/17?notice=contained')
    await someone.post('/incidents/17/contain', { form_token, contain: 'Block it', seconds: '900' })
    const lifted = await someone.post('/incidents/17/lift', { form_token, id: 'c-1' })
    expect(lifted.headers.get('location')).toBe('/incidents/17?notice=lifted')
    expect(asked).toEqual([
      ['contain', 'shop', BLOCK, 17],
      ['contain', 'shop', { ...BLOCK, seconds: 900 }, 17],
      ['lift', 'c-1'],
    ])
  })

  it.each([
    'Pause it',
    // Its button has another form.
    'Resolve',
    JSON.stringify(PAUSE),
    '',
  ])('does nothing that the page does not offer: %s', async (contain) => {
    const { asked, someone, form_token } = await containing({})
    const answer = await someone.post('/incidents/17/contain', { form_token, contain })
    expect(answer.headers.get('location')).toBe('/incidents/17?notice=action_gone')
    expect(asked).toEqual([])
  })

  it('is offered for one of several sources, and not to a viewer', async () => {
    const several = await containing({}, { source: null, sources: ['news', 'shop'] })
    const { someone, asked } = several
    const fields = { form_token: several.form_token, contain: 'Block it' }
    await someone.post('/incidents/17/contain', fields)
    expect(asked).toEqual([['contain', 'shop', BLOCK, 17]])
    const viewer = await containing({}, {}, 'viewer')
    expect(viewer.html).not.toMatch(/incidents\/17\/(contain|lift)/)
    expect(viewer.html).toContain('203.0.113.0/24')
  })

  it('says that not every gateway has acknowledged it, and that a containment has ended meanwhile', async () => {
    const { someone, form_token } = await containing({
      contain: async () => ({
        ok: true,
        containment: LASTING,
        unreached: [{ guard: 'redis', old_value_may_live_seconds: 30 }],
      }),
    })
    const later = await someone.post('/incidents/17/contain', {
      form_token,
      contain: 'Block it',
    })
    expect(later.headers.get('location')).toBe('/incidents/17?notice=contained_later')
  })

  it('says why it was refused', async () => {
    const problems = [{ path: 'level', problem: 'Must be higher.' }]
    const { someone, form_token } = await containing({
      contain: async () => ({ ok: false, code: 'document_invalid', problems }),
    })
    const answer = await someone.post('/incidents/17/contain', { form_token, contain: 'Block it' })
    expect(answer.status).toBe(422)
    expect(textOf(await answer.text())).toContain('level : Must be higher.')
  })
})

describe('Home', () => {
  it('lists those that nobody takes care of, the most severe first, without those that page nobody', async () => {
    const { someone } = await entered()
    const first = await someone.html('/')
    expect(wrongIn(first)).toEqual([4, 1])
    expect(textOf(first)).toContain('2 more findings , for information or taken care of')
  })

  it('lists none of sources that one does not see', async () => {
    const home = async (source: string) =>
      wrongIn(await (await entered([incident()], 'viewer', [source])).someone.html('/'))
    expect([await home('news'), await home('shop')]).toEqual([[], [17]])
  })
})
