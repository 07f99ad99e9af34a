/** Erasures of people: what a plan, an erasure and its certificate say. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'

const RemainsSchema = v.object({
  what: v.string(),
  until: described(v.nullable(v.string()), 'RFC 3339. Null if only a person can end it.'),
  why: v.string(),
})
/** Something that may still exist after an erasure, until when, and why. */
export type Remains = v.InferOutput<typeof RemainsSchema>

const facts = {
  number: described(v.number(), 'Later erasures have greater numbers.'),
  person: described(
    v.string(),
    'A keyed hash of the address, 32 hex digits: the same in all certificates about one person. Only this deployment can make it.',
  ),
  erased_at: described(v.string(), 'Events received until then are erased.'),
  keeps_suppression: v.boolean(),
}

/** The payload of a certificate, which is a JWS. It says the same of an address that nobody knew. */
export const CertificateSchema = v.object({
  type: v.literal('postern-erasure'),
  version: v.literal(1),
  ...facts,
  finished_at: v.string(),
  destroyed: v.array(v.object({ place: v.string(), what: v.string() })),
  remains: v.array(RemainsSchema),
})
export type Certificate = v.InferOutput<typeof CertificateSchema>

const finished = {
  finished_at: v.string(),
  certificate: described(v.string(), 'A JWS in its compact form. getCertificateKey has the key.'),
}

const RunningSchema = v.object({ state: v.literal('running'), ...facts })
const FinishedSchema = v.object({ state: v.literal('finished'), ...facts, ...finished })

export const ErasureSchema = v.variant('state', [RunningSchema, FinishedSchema])
export type ErasureAnswer = v.InferOutput<typeof ErasureSchema>

const PlanSchema = v.object({
  state: v.literal('planned'),
  places: v.array(
    v.object({
      place: v.string(),
      what: described(v.string(), 'What erasing does there.'),
      count: described(v.nullable(v.number()), 'Null if it is not counted.'),
      others: described(
        v.optional(v.number()),
        'How many of them have other addresses in them, too, or message ids, which look alike. They are removed whole.',
      ),
    }),
  ),
  filters: described(
    v.array(v.string()),
    'Destinations whose filter names the person. Erasing does not change them: a person has to.',
  ),
  remains: v.array(RemainsSchema),
})
export type ErasurePlan = v.InferOutput<typeof PlanSchema>

export const EraseAnswerSchema = v.variant('state', [PlanSchema, RunningSchema, FinishedSchema])

/** The public key of certificates (RFC 8037). It never changes. */
export const CertificateKeySchema = v.object({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  x: v.string(),
  kid: described(v.string(), 'Thumbprint of the key (RFC 7638), as in the header of each certificate.'),
  alg: v.literal('EdDSA'),
  use: v.literal('sig'),
})
export type CertificateKey = v.InferOutput<typeof CertificateKeySchema>
