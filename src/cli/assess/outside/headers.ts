/** Headers of the console that protect whoever has it open in a browser. */
import { Stop } from '../../stop.ts'
import { headerOf } from '../http.ts'
import type { Probe } from '../probe.ts'

/** Rule of one header; the subject of its finding is the header's name. */
interface Rule {
  readonly header: string
  readonly isGood: (value: string) => boolean
  readonly onlyTls?: true
}

const YEAR_SECONDS = 31_536_000

const RULES: readonly Rule[] = [
  {
    header: 'content-security-policy',
    isGood: (value) =>
      /default-src 'none'/.test(value) && /frame-ancestors 'none'/.test(value) && !/unsafe-/.test(value),
  },
  { header: 'x-content-type-options', isGood: (value) => value === 'nosniff' },
  { header: 'referrer-policy', isGood: (value) => /^(?:same-origin|no-referrer|strict-origin)/.test(value) },
  { header: 'cache-control', isGood: (value) => /no-store/.test(value) },
  {
    header: 'strict-transport-security',
    isGood: (value) => Number(/max-age=(\d+)/.exec(value)?.[1]) >= YEAR_SECONDS,
    onlyTls: true,
  },
]

const IN_FRONT =
  'Something in front of the console answers: for Cloudflare Access set CLOUDFLARE_ACCESS_CLIENT_ID and _SECRET.'

const PATHS = ['/login', '/api/sources', '/assess-nothing']

export const headers: Probe = {
  id: 'headers',
  title: 'The console sends the headers that protect a browser.',
  severity: 'medium',
  remedy: 'Let no proxy or rule in front of the console remove or replace its headers.',
  needs: 'console',
  async *run({ console: base, send }) {
    const isTls = base.protocol === 'https:'
    for (const path of PATHS) {
      const answer = await send(base, { path })
      if (!answer.headers.has('x-request-id')) throw new Stop('denied', 'not_postern', IN_FRONT)
      for (const { header, isGood, onlyTls } of RULES) {
        const value = headerOf(answer, header)
        if ((onlyTls === true && !isTls) || (value !== undefined && isGood(value))) continue
        yield {
          subject: `${header} of ${path}`,
          evidence:
            value === undefined
              ? `${path} lacks ${header}.`
              : `${path} has ${header}: ${value.slice(0, 200)}`,
        }
      }
      if (answer.headers.has('access-control-allow-origin'))
        yield { subject: `CORS of ${path}`, evidence: `${path} lets pages of other sites read it.` }
    }
  },
}
