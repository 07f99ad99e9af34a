/** A captured delivery with everything needed to judge it. */
import { Buffer } from 'node:buffer'
import type { Secrets } from '../registry/sources/source.ts'
import { UsageError } from './stop.ts'
import { type JsonObject, isObject } from './json.ts'
import type { RawRequest } from './raw-request.ts'

export interface Capture extends RawRequest {
  /** A source document, as sent to `PUT /api/sources/<name>`. */
  readonly document: JsonObject
  /** Answers to fetches by URL: SNS certificates. */
  readonly certificates: Readonly<Record<string, string>>
  /** The answer for any other URL. */
  readonly certificate?: string | undefined
  readonly nowSeconds: number
  /** Replaces the checked secrets. Diagnoses need secrets that no document can express. */
  readonly secretsTaken?: (secrets: Secrets) => Secrets
}

/** Whether the saved text is a recorded case. An HTTP request begins with its method instead. */
export const isRecordedCase = (bytes: Uint8Array): boolean =>
  /^\s*\{/.test(Buffer.from(bytes.subarray(0, 64)).toString())

/**
 * The delivery of a recorded case: `{esp, request {method, url, headers, body_base64}, secrets, config?, now?}`.
 *
 * @throws {UsageError} if the form is wrong; the message contains no value
 */
export function captureOfCase(recorded: JsonObject, nowSeconds: number): Capture {
  const { esp, request, secrets = {}, config = {}, now = nowSeconds } = recorded
  if (!isObject(request) || !isObject(secrets) || !isObject(config))
    throw new UsageError('The case needs a "request", and its "secrets" and "config" must be objects.')
  const { method, url, headers = {}, body_base64: body = '' } = request
  if (typeof method !== 'string' || typeof url !== 'string' || !URL.canParse(url))
    throw new UsageError('The case\'s request needs a "method" and an absolute "url".')
  if (!isObject(headers)) throw new UsageError('The case\'s "headers" must be an object.')
  if (typeof now !== 'number') throw new UsageError('The case\'s "now" must be Unix seconds.')
  const { certificates = {}, ...slots } = secrets
  return {
    method,
    url,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
    ),
    body: Buffer.from(typeof body === 'string' ? body : '', 'base64'),
    document: { provider: esp, ...config, secrets: slots },
    certificates: isObject(certificates) ? (certificates as Record<string, string>) : {},
    nowSeconds: now,
  }
}

/** The first value of a header, by lower-case name. */
export const headerOf = ({ headers }: RawRequest, wanted: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === wanted)?.[1]

/** The secrets of the document, unchecked. */
export const secretsOf = ({ document }: Capture): JsonObject =>
  isObject(document['secrets']) ? document['secrets'] : {}

export const withSecrets = (capture: Capture, secrets: JsonObject): Capture => ({
  ...capture,
  document: { ...capture.document, secrets },
})
