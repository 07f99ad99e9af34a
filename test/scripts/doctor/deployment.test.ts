import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../scripts/deploy/account/api.ts'
import type { Queue, Survey } from '../../../scripts/deploy/account/survey.ts'
import type { DeployedWorker } from '../../../scripts/deploy/account/workers.ts'
import type { Release } from '../../../scripts/deploy/release.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { frontFindings, surveyFindings } from '../../../scripts/doctor/deployment.ts'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { hooksFindings } from '../../../src/cli/doctor/front.ts'

const told = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, part }) => `${level} ${part}`)

const WORKERS = ['gateway', 'consumer', 'console'] as const
const worker = (change: object = {}) =>
  ({
    release: { id: '1', version: '0.4.0', commit: 'abc' } as Release,
    deployments: [{ versions: ['v'], message: '', isSecret: false, atMs: 0 }],
    masterKey: 'v1',
    vars: { OBJECTS_JURISDICTION: 'eu', OBJECTS_LOCATION: 'weur' },
    ...change,
  }) as unknown as DeployedWorker
const queue = (...scripts: string[]) =>
  ({
    queue_id: 'q',
    queue_name: 'events',
    consumers: scripts.map((script) => ({ consumer_id: 'c', script })),
  }) as Queue

/** @param changes of the gateway alone */
const survey = (changes: object = {}, events: Queue | undefined = queue('postern-consumer')): Survey =>
  ({
    workers: new Map(
      WORKERS.map((name): [WorkerName, DeployedWorker] => [name, worker(name === 'gateway' ? changes : {})]),
    ),
    queues: new Map(events === undefined ? [] : [['events', events]]),
    database: { id: 'd', jurisdiction: 'eu', applied: [] },
  }) as unknown as Survey

describe('a deployment', () => {
  it.each<[what: string, seen: Survey, found: string[]]>([
    ['is well', survey(), []],
    ['without a consumer', survey({}, queue()), ['wrong consumer of events']],
    ['without the queue', { ...survey(), queues: new Map() }, ['wrong consumer of events']],
    ['whose queue another Worker consumes', survey({}, queue('other')), ['wrong consumer of events']],
    [
      'whose Workers are of two releases',
      survey({ release: { id: '2', version: '0.5.0', commit: null } }),
      WORKERS.map((name) => `wrong version of the ${name}`),
    ],
    [
      'with a gradual rollout',
      survey({ deployments: [{ versions: ['a', 'b'] }] }),
      ['note version of the gateway'],
    ],
    ['with another key', survey({ masterKey: 'v2,v1' }), ['note master keys as deployed']],
    ['whose Workers look for objects elsewhere', survey({ vars: {} }), ['wrong place of the objects']],
  ])('%s', (_what, seen, found) => {
    const findings = surveyFindings(seen, new Map([['events', 'postern-consumer']]))
    expect(told(findings)).toEqual(found)
    expect(findings.filter(({ level, todo }) => level !== 'ok' && !todo)).toEqual([])
  })

  it('says where its objects are', () => {
    expect(surveyFindings(survey(), new Map()).at(-1)?.says).toBe(
      'In the jurisdiction eu, made near weur. The database is in eu.',
    )
  })
})

describe('in front of the gateway', () => {
  const DOMAINS = [
    { id: 'd', hostname: 'hooks.example.com', service: 'postern-gateway', zone_id: 'z' },
    { id: 'e', hostname: 'www.example.com', service: 'other', zone_id: 'y' },
  ]
  const WELL = {
    '/access/apps': [{ name: 'Console', domain: 'console.example.com' }],
    '/z/bot_management': { fight_mode: false, sbfm_definitely_automated: 'allow' },
    '/z/settings/security_level': { value: 'medium' },
  }
  const ACCESS = 'wrong Access in front of the gateway'
  const app = (domain: string) => ({ '/access/apps': [{ name: 'All', domain }] })
  it.each<[what: string, change: object, found: string[]]>([
    ['nothing is wrong', {}, []],
    ['Access of the host', app('hooks.example.com'), [ACCESS]],
    ['Access of the path', app('hooks.example.com/hooks'), [ACCESS]],
    ['Access of all hosts', app('*.example.com'), [ACCESS]],
    ['Access of workers.dev', app('postern-gateway.acme.workers.dev'), [ACCESS]],
    ['Access of another path', app('hooks.example.com/admin'), []],
    [
      'Access of several hosts',
      { '/access/apps': [{ self_hosted_domains: ['a.example.com', 'hooks.example.com'] }] },
      [ACCESS],
    ],
    ['Bot Fight Mode', { '/z/bot_management': { fight_mode: true } }, ['wrong bots of the zone']],
    [
      'Super Bot Fight Mode',
      { '/z/bot_management': { sbfm_likely_automated: 'managed_challenge' } },
      ['note bots of the zone'],
    ],
    [
      'Under Attack',
      { '/z/settings/security_level': { value: 'under_attack' } },
      ['wrong security level of the zone'],
    ],
    [
      'what this log-in may not read',
      { '/access/apps': undefined, '/z/bot_management': undefined },
      ['unseen Access in front of the gateway', 'unseen bots of the zone'],
    ],
  ])('%s', async (_what, change, found) => {
    const answers: Readonly<Record<string, unknown>> = { ...WELL, ...change }
    const get = async <T>(path: string): Promise<T> => {
      if (answers[path] === undefined) throw new ApiError('The token lacks it.', 10000, 'it')
      return answers[path] as T
    }
    expect(told(await frontFindings({ get, getZone: get }, 'postern-gateway', DOMAINS, 'acme'))).toEqual(
      found,
    )
  })

  const PROBLEM = { 'content-type': 'application/problem+json', 'x-request-id': 'req_1' }
  it.each<[what: string, answer: Response | Error, found: string[]]>([
    ['the gateway answers', new Response('{}', { status: 404, headers: PROBLEM }), []],
    [
      'a challenge answers',
      new Response('', { status: 403, headers: { 'cf-mitigated': 'challenge' } }),
      ['wrong webhook URLs'],
    ],
    [
      'Access answers',
      new Response(null, {
        status: 302,
        headers: { location: 'https://t.cloudflareaccess.com/cdn-cgi/access/login' },
      }),
      ['wrong webhook URLs'],
    ],
    ['something else answers', new Response('hello'), ['note webhook URLs']],
    ['nobody answers, which another finding says', new TypeError('unreachable'), []],
  ])('%s', async (_what, answer, found) => {
    const ask = async () => {
      if (answer instanceof Error) throw answer
      return answer
    }
    expect(told(await hooksFindings('https://hooks.example.com', ask))).toEqual(found)
  })
})
