/** Probes that ask the API of the console how it is set up. To add one: a file here and a row. */
import type { Probe } from '../probe.ts'

export const INSIDE: readonly Probe[] = []
