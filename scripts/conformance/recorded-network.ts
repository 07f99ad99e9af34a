/** The network of the current case: its certificates and its confirming call. Every other fetch gets a 404. */
import { type Request, Response } from 'miniflare'
import type { Case } from './case.ts'
import { isConfirmingCall } from './confirm.ts'

export interface Outside {
  /** Begins a case and clears the recorded fetches. */
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
    enter(played, ownCertificates) {
      certificates = ownCertificates
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
