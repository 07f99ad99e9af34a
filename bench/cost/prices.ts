/**
 * Cloudflare's prices of each billable operation on the Workers Paid plan, in dollars, as published on 25 November 2026. The
 * price of logs is the one that begins on 1 December 2026.
 *
 * @see https://developers.cloudflare.com/workers/platform/pricing/
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/
 * @see https://developers.cloudflare.com/queues/platform/pricing/
 * @see https://developers.cloudflare.com/d1/platform/pricing/
 * @see https://developers.cloudflare.com/r2/pricing/
 */
import type { Kind } from './meter/counts.ts'

export interface Price {
  readonly what: string
  readonly dollarsAMillion: number
  /** Free units per month. */
  readonly included: number
}

const MILLION = 1_000_000
const BILLION = 1_000_000_000

/** The fixed price of the plan per month. */
export const PLAN_DOLLARS = 5

/** Gigabyte-seconds per millisecond: an active object is billed for 128 MB. */
const OBJECT_GB_SECONDS_A_MS = 0.128 / 1_000
const GB_SECONDS = { dollarsAMillion: 12.5, included: 400_000 }

/** Lines are ingested once and stored for a week. */
const LOG_DOLLARS_A_GB = 0.25 + (0.1 * 7) / 30

export const PRICES: Readonly<Record<Kind | 'cpu_ms', Price>> = {
  requests: { what: 'Worker requests', dollarsAMillion: 0.3, included: 10 * MILLION },
  cpu_ms: { what: 'CPU', dollarsAMillion: 0.02, included: 30 * MILLION },
  object_calls: { what: 'object calls', dollarsAMillion: 0.15, included: MILLION },
  object_ms: {
    what: 'object duration',
    dollarsAMillion: OBJECT_GB_SECONDS_A_MS * GB_SECONDS.dollarsAMillion,
    included: GB_SECONDS.included / OBJECT_GB_SECONDS_A_MS,
  },
  object_rows_read: { what: 'object rows read', dollarsAMillion: 0.001, included: 25 * BILLION },
  object_rows_written: { what: 'object rows written', dollarsAMillion: 1, included: 50 * MILLION },
  queue_operations: { what: 'queue operations', dollarsAMillion: 0.4, included: MILLION },
  d1_rows_read: { what: 'D1 rows read', dollarsAMillion: 0.001, included: 25 * BILLION },
  d1_rows_written: { what: 'D1 rows written', dollarsAMillion: 1, included: 50 * MILLION },
  r2_class_a: { what: 'R2 writes', dollarsAMillion: 4.5, included: MILLION },
  r2_class_b: { what: 'R2 reads', dollarsAMillion: 0.36, included: 10 * MILLION },
  log_bytes: {
    what: 'logs',
    dollarsAMillion: LOG_DOLLARS_A_GB / 1_000,
    included: 50 * BILLION,
  },
}
export type Priced = keyof typeof PRICES
