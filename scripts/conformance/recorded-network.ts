/** The outside world of one case at a time: its certificates, its confirming call, and nothing else. */
import { type Request, Response } from 'miniflare'
import type { Case } from './case.ts'
import { isConfirmingCall } from './confirm.ts'

export interface Outside {
  /** Begins a case; what was fetched before is forgotten. */
  readonly enter: (played: Case, certificates: ReadonlyMap<string, string>) => void
  readonly fetch: (request: Request) => Promise<Response>
  readonly strayFetches: () => readonly string[]
  readonly confirmed: () => readonly string[]
}

export function outside(): Outside {
  let certificates: ReadonlyMap<string, string> = new Map()
  let response: Case['expect']['response']
  let stray: string[] = []
  let confirmed: string[] = []
  return {
    enter(played, itsCertificates) {
      certificates = itsCertificates
      response = played.expect.response
      stray = []
      confirmed = []
    },
    async fetch({ url }) {
      const certificate = certificates.get(url)
      if (certificate !== undefined) return new Response(certificate)
      if (response?.action === 'confirm_subscription' && isConfirmingCall(response.get, url)) {
        confirmed.push(url)
        return new Response('<ConfirmSubscriptionResponse/>')
      }
      stray.push(url)
      return new Response('not in this recording', { status: 404 })
    },
    strayFetches: () => [...stray],
    confirmed: () => [...confirmed],
  }
}
