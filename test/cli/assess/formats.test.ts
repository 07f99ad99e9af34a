/** Forms of a report, the comparison of two, and how the command ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { type Assessment, type Finding, SEVERITIES } from '../../../src/api/assessments.ts'
import { compare } from '../../../src/console/assessments/compare.ts'
import { FORMATS } from '../../../src/cli/assess/formats/index.ts'
import { INSIDE } from '../../../src/cli/assess/inside/index.ts'
import { OUTSIDE } from '../../../src/cli/assess/outside/index.ts'
import { ROOT } from '../../../scripts/workers.ts'
import { run } from '../run.ts'
import { jsonOf } from '../../../src/simulator/http.ts'
import { json } from './planted.ts'
import { hurried, withPlantable } from './world.ts'

const finding = (change: Partial<Finding> = {}): Finding => ({
  probe: 'forged',
  subject: null,
  title: 'A forged delivery is refused.',
  severity: 'high',
  evidence: 'It was accepted.',
  remedy: 'Refuse it.',
  ...change,
})

const report = (change: Partial<Assessment> = {}): Assessment => ({
  version: 1,
  gateway: 'https://hooks.example.com',
  console: null,
  started_at: '2026-11-29T12:00:00.000Z',
  seconds: 60,
  requests: 200,
  findings: [],
  probes: [
    { id: 'forged', title: 'A forged delivery is refused.', outcome: 'passed', reason: null },
    { id: 'headers', title: 'Headers protect.', outcome: 'passed', reason: null },
    { id: 'session', title: 'A session ends.', outcome: 'not_done', reason: 'There is no token.' },
  ],
  left_behind: [],
  ...change,
})

const plain = Object.assign((_style: string, text: string) => text, { columns: undefined })

describe('a comparison', () => {
  it.each<readonly [string, readonly Finding[], readonly Finding[], object]>([
    ['what is new', [], [finding()], { new: [finding()], still: [] }],
    [
      'what is there still',
      [finding()],
      [finding({ evidence: 'Again.' })],
      { new: [], still: [{ evidence: 'Again.' }] },
    ],
    [
      'what has become worse as new',
      [finding({ severity: 'low' })],
      [finding()],
      { new: [finding()], still: [] },
    ],
    [
      'what has become better as before',
      [finding()],
      [finding({ severity: 'low' })],
      { new: [], still: [{ severity: 'low' }] },
    ],
    [
      'another subject as new',
      [finding({ subject: 'a' })],
      [finding({ subject: 'b' })],
      { new: [{ subject: 'b' }], gone: [{ subject: 'a' }] },
    ],
    ['what is gone', [finding()], [], { gone: [finding()], unknown: [] }],
    [
      'what was not looked at',
      [finding({ probe: 'session' })],
      [],
      { gone: [], unknown: [{ probe: 'session' }] },
    ],
    [
      'what is not asked any more',
      [finding({ probe: 'old' })],
      [],
      { gone: [], unknown: [{ probe: 'old' }] },
    ],
  ])('tells %s', (_what, older, newer, expected) =>
    expect(compare(report({ findings: [...older] }), report({ findings: [...newer] }))).toMatchObject(
      expected,
    ),
  )
})

const HOSTILE = 'a|b`c`*d*\n# e <img src=x> [f](http://g.example) \u001b[31m'

describe('a form', () => {
  const older = report({ started_at: '2026-11-01T00:00:00.000Z', findings: [finding({ probe: 'headers' })] })
  const newer = report({
    findings: [finding({ subject: 'source shop', evidence: HOSTILE })],
    left_behind: ['Not all sources could be removed.'],
  })
  const shown = { report: newer, compared: compare(older, newer) }

  it('for a terminal says what was found, what to do, and what is gone', () => {
    const text = FORMATS.text(shown, plain)
    expect(text).toMatch(/^high {6}new: A forged delivery is refused\. \(forged, source shop\)\n/)
    expect(text).toContain('→ Refuse it.')
    expect(text).toMatch(/^gone {6}It was accepted\. \(headers\)$/m)
    expect(text).toMatch(/^not done {2}session: There is no token\.$/m)
    expect(text).toMatch(/Probes done: 2 of 3, with 200 requests in 60 s\. Findings: 1 high\.$/)
    expect(text).not.toContain('\u001b')
  })

  it('in Markdown has no Markdown and no HTML from outside', () => {
    const text = FORMATS.md(shown, plain)
    expect(text).toContain('### high: A forged delivery is refused.')
    expect(text).toContain(
      'Since 2026-11-01T00:00:00.000Z: 1 new, 0 as before, 1 gone, 0 not looked at this time.',
    )
    expect(text).not.toMatch(/(?<!\\)(?:<img|\[f\]|\*d)|\n# e/)
    expect(text).not.toContain('\u001b')
  })

  it('in JSON is a report that can be compared', () => {
    expect(JSON.parse(FORMATS.json({ report: newer, compared: undefined }))).toEqual(newer)
    expect(JSON.parse(FORMATS.json(shown))).toMatchObject({ compared: { new: [{ probe: 'forged' }] } })
  })

  it('in SARIF names rules, levels and what is new', () => {
    const {
      runs: [{ tool, results, invocations }],
    } = v.parse(SarifSchema, JSON.parse(FORMATS.sarif(shown, plain)))
    const { rules } = tool.driver
    expect(rules.map(({ id }) => id)).toEqual(['forged', 'headers', 'session'])
    expect(rules[0]?.properties).toEqual({ tags: ['security'], 'security-severity': '8.0' })
    expect(results).toMatchObject([
      { ruleId: 'forged', ruleIndex: 0, level: 'error', baselineState: 'new' },
      { ruleId: 'headers', ruleIndex: 1, level: 'error', baselineState: 'absent' },
    ])
    expect(invocations).toMatchObject([{ executionSuccessful: false, startTimeUtc: newer.started_at }])
  })

  it.each(SEVERITIES)('in SARIF is valid with a finding that is %s, and without a comparison', (severity) => {
    const gateway = 'http://localhost:8787'
    const bare = report({ gateway, findings: [finding({ severity, evidence: '{0} [a](http://b.example)' })] })
    const { runs } = v.parse(
      SarifSchema,
      JSON.parse(FORMATS.sarif({ report: bare, compared: undefined }, plain)),
    )
    const [{ message, locations }] = runs[0].results as [Result]
    expect(message.text).toBe('{{0}} [a] (http://b.example) Refuse it.')
    expect(locations[0].physicalLocation.artifactLocation.uri).toBe('localhost%3A8787')
  })
})

const words = v.pipe(v.string(), v.nonEmpty())
const LevelSchema = v.picklist(['none', 'note', 'warning', 'error'])
/** No placeholder, and no link. */
const MessageSchema = v.strictObject({ text: v.pipe(words, v.regex(/^(?:[^{}\]]|\{\{|\}\}|\](?!\())*$/)) })

const ResultSchema = v.strictObject({
  ruleId: words,
  ruleIndex: v.pipe(v.number(), v.integer(), v.minValue(0)),
  level: LevelSchema,
  message: MessageSchema,
  locations: v.tuple([
    v.strictObject({
      physicalLocation: v.strictObject({
        /** A relative reference (RFC 3986, section 4.2), without a slash. */
        artifactLocation: v.strictObject({ uri: v.pipe(words, v.regex(/^[\w.~%-]+$/)) }),
      }),
      logicalLocations: v.tuple([v.strictObject({ fullyQualifiedName: words })]),
    }),
  ]),
  partialFingerprints: v.record(v.literal('posternFinding/v1'), v.pipe(v.string(), v.hash(['sha256']))),
  baselineState: v.exactOptional(v.picklist(['new', 'unchanged', 'updated', 'absent'])),
})
type Result = v.InferOutput<typeof ResultSchema>

/** The parts of SARIF 2.1.0 that a report has. Its schema allows no others in these objects. */
const SarifSchema = v.strictObject({
  $schema: v.pipe(v.string(), v.url()),
  version: v.literal('2.1.0'),
  runs: v.tuple([
    v.pipe(
      v.strictObject({
        tool: v.strictObject({
          driver: v.strictObject({
            name: words,
            semanticVersion: v.pipe(words, v.regex(/^\d+\.\d+\.\d+/)),
            rules: v.array(
              v.strictObject({
                id: words,
                shortDescription: MessageSchema,
                help: v.exactOptional(MessageSchema),
                properties: v.exactOptional(
                  v.object({ tags: v.array(words), 'security-severity': v.pipe(words, v.decimal()) }),
                ),
              }),
            ),
          }),
        }),
        invocations: v.array(
          v.strictObject({
            executionSuccessful: v.boolean(),
            startTimeUtc: v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z')),
            toolExecutionNotifications: v.array(
              v.strictObject({ level: LevelSchema, message: MessageSchema }),
            ),
          }),
        ),
        results: v.array(ResultSchema),
      }),
      v.check(
        ({ tool, results }) =>
          results.every(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId),
        'A result names its rule twice, in the same way.',
      ),
    ),
  ]),
})

describe('postern assess', () => {
  const installation = withPlantable()
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'postern-assess-'))))
  afterAll(() => rm(folder, { recursive: true }))

  const others = (...kept: readonly string[]) =>
    [...OUTSIDE, ...INSIDE]
      .map(({ id }) => id)
      .filter((id) => !kept.includes(id))
      .join(',')
  const assess = (...args: readonly string[]) =>
    run(
      ['assess', installation.gateway.url.href, '--skip', others('headers'), ...args],
      '',
      { POSTERN_URL: installation.console.url.href, POSTERN_TOKEN: installation.postern.secrets.ADMIN_TOKEN },
      hurried(10),
    )
  const plant = () =>
    installation.console.plant(async (_asked, forward) => {
      const answered = await forward()
      return { ...answered, headers: { ...answered.headers, 'x-content-type-options': undefined } }
    })

  it('ends with 0 if nothing was found, and with 1 from the severity on that is asked for', async () => {
    expect(await assess()).toMatchObject({ code: 0, out: expect.stringMatching(/Findings: none\.\n$/) })
    plant()
    expect((await assess()).code).toBe(1)
    expect((await assess('--fail-on', 'high')).code).toBe(0)
    expect((await assess('--fail-on', 'never')).code).toBe(0)
  })

  it('keeps its report at the console, if the console takes it', async () => {
    const kept = async () =>
      (jsonOf(await installation.postern.console.get('/api/assessments')) as { assessments: object[] })
        .assessments.length
    const before = await kept()
    expect((await assess()).complaints).toMatch(/Kept: http:\S+\/assessments\/\d{8}T\d{9}Z/)
    expect(await kept()).toBe(before + 1)
    expect((await assess('--no-report')).complaints).not.toMatch(/Kept/)
    installation.console.plant(({ path }, forward) =>
      path === '/api/assessments' ? json(403, { code: 'role_too_low', detail: 'Only an admin.' }) : forward(),
    )
    expect(await assess()).toMatchObject({ code: 0, complaints: expect.stringMatching(/keeps no report/) })
    expect(await kept()).toBe(before + 1)
  })

  it('fails for new findings alone if it compares', async () => {
    const file = path.join(folder, 'old.json')
    plant()
    await writeFile(file, (await assess('--json')).out)
    const same = await assess('--compare', file)
    expect(same).toMatchObject({ code: 0, out: expect.stringMatching(/0 new, 3 as before, 0 gone/) })
    installation.console.plant()
    expect((await assess('--compare', file)).out).toMatch(/0 new, 0 as before, 3 gone/)
  })

  it.each<readonly [string, string, RegExp]>([
    ['no JSON', 'x', /is not JSON/],
    ['another JSON', '{"version":1}', /is no report of postern assess/],
    ['the report of another gateway', JSON.stringify(report()), /the report of another gateway/],
  ])('does not compare with %s', async (_what, content, words) => {
    const file = path.join(folder, 'wrong.json')
    await writeFile(file, content)
    expect(await assess('--compare', file)).toMatchObject({
      code: 2,
      complaints: expect.stringMatching(words),
    })
  })

  it.each<readonly [string, readonly string[], RegExp]>([
    ['an unknown probe', ['--skip', 'nothing'], /--skip takes some of these: transport/],
    ['an unknown form', ['--format', 'pdf'], /text, md, json, sarif/],
    ['an unknown severity', ['--fail-on', 'bad'], /info, low, medium, high, critical, never/],
  ])('refuses %s before it asks anything', async (_what, args, words) => {
    const ran = await run(['assess', 'https://hooks.example.com', ...args])
    expect(ran).toMatchObject({ code: 2, complaints: expect.stringMatching(words) })
  })

  it('is described in docs/assess.md, with all probes', async () => {
    const paper = await readFile(`${ROOT}docs/assess.md`, 'utf8')
    expect(
      [...OUTSIDE, ...INSIDE].map(({ id }) => id).filter((id) => !paper.includes(`| \`${id}\` |`)),
    ).toEqual([])
  })
})
