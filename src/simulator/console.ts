/** A client of the console's API, as an operator's script would use it. */
import { type Received, jsonOf, send } from './http.ts'

export interface Console {
  readonly get: (path: string) => Promise<Received>
  readonly put: (path: string, json: unknown) => Promise<Received>
  /** @param reason for the audit log */
  readonly post: (path: string, json?: unknown, reason?: string) => Promise<Received>
  readonly remove: (path: string) => Promise<Received>
}

/** @param address base URL of the console */
export function consoleAt(address: URL, adminToken: string): Console {
  const call = (method: string, path: string, json?: unknown, reason?: string) =>
    send(new URL(path, address), {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': 'application/json',
        ...(reason !== undefined && { 'x-reason': reason }),
      },
      body: Buffer.from(json === undefined ? '' : JSON.stringify(json)),
    })
  return {
    get: (path) => call('GET', path),
    put: (path, json) => call('PUT', path, json),
    post: (path, json, reason) => call('POST', path, json, reason),
    remove: (path) => call('DELETE', path),
  }
}

/** A problem response as one line. */
export function problemOf(answer: Received): string {
  const json = jsonOf(answer) as { title?: string; detail?: string } | undefined
  return `${answer.status} ${json?.detail ?? json?.title ?? 'no reason given'}`
}
