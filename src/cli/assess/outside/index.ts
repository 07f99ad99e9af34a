/** Probes that send what an attacker could send. To add one: a file here and a row. */
import type { Probe } from '../probe.ts'
import { unknownToken } from './unknown-token.ts'

export const OUTSIDE: readonly Probe[] = [unknownToken]
