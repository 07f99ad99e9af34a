/** How a stage can end. A refusal is a value. An exception is a fault of ours. */
import type { Refusal } from '../event/refusal-code.ts'

/** @typeParam R the refusals that are possible here; by default all */
export type Outcome<T, R extends Refusal = Refusal> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: R }

export type Refused<R extends Refusal = Refusal> = Extract<Outcome<never, R>, { readonly ok: false }>

export const pass = <T>(value: T): Outcome<T, never> => ({ ok: true, value })
export const refuse = <R extends Refusal>(refusal: R): Refused<R> => ({ ok: false, refusal })
