/** Probes that send what an attacker could send. To add one: a file here and a row. */
import type { Probe } from '../probe.ts'
import { dripping } from './dripping.ts'
import { errorTexts } from './error-texts.ts'
import { forged } from './forged.ts'
import { headers } from './headers.ts'
import { logInLimit } from './log-in-limit.ts'
import { lowPrivilege } from './low-privilege.ts'
import { malformed } from './malformed.ts'
import { methodsAndPaths } from './methods-and-paths.ts'
import { oversized } from './oversized.ts'
import { replayed } from './replayed.ts'
import { session } from './session.ts'
import { spoofedHeaders } from './spoofed-headers.ts'
import { stale } from './stale.ts'
import { transport } from './transport.ts'
import { unknownToken } from './unknown-token.ts'

export const OUTSIDE: readonly Probe[] = [
  transport,
  methodsAndPaths,
  errorTexts,
  forged,
  stale,
  replayed,
  oversized,
  malformed,
  dripping,
  spoofedHeaders,
  unknownToken,
  lowPrivilege,
  session,
  headers,
  logInLimit,
]
