/** The API's problem responses (RFC 9457). Codes are stable; sentences may change. */

/** Status and title by code. */
const PROBLEMS = {
  token_missing: [401, 'Authentication required'],
  token_wrong: [401, 'Authentication required'],
  token_expired: [401, 'Authentication required'],
  token_revoked: [401, 'Authentication required'],
  role_too_low: [403, 'Not allowed'],
  scope_too_narrow: [403, 'Not allowed'],
  person_unmapped: [403, 'Not allowed'],
  origin_foreign: [403, 'Foreign origin'],
  too_many_attempts: [429, 'Too many attempts'],
  path_unknown: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  condition_malformed: [400, 'Malformed condition'],
  idempotency_key_malformed: [400, 'Malformed key'],
  idempotency_key_reused: [422, 'Key used for another request'],
  idempotency_in_progress: [409, 'Still in progress'],
  parameter_invalid: [400, 'Invalid parameter'],
  body_malformed: [400, 'Malformed body'],
  body_too_large: [413, 'Body too large'],
  body_type_unsupported: [415, 'Unsupported body type'],
  body_invalid: [422, 'Invalid body'],
  document_invalid: [422, 'Invalid document'],
  configuration_invalid: [422, 'Invalid configuration'],
  reason_needed: [400, 'A reason is needed'],
  confirmation_needed: [409, 'A confirmation is needed'],
  source_unknown: [404, 'No such source'],
  destination_unknown: [404, 'No such destination'],
  event_unknown: [404, 'No such event'],
  incident_unknown: [404, 'No such incident'],
  erasure_unknown: [404, 'No such erasure'],
  held: [409, 'Held by retention'],
  person_held: [409, 'Held by retention'],
  erasing_again: [503, 'Erasing again'],
  incident_state: [409, 'Not in this state'],
  containment_unknown: [404, 'No such containment'],
  network_verified: [409, 'Deliveries from it were verified'],
  network_published: [409, 'The network of the ESP'],
  network_refused: [409, 'This network is not blocked'],
  too_many_containments: [409, 'Too many containments'],

  channel_unknown: [404, 'No such channel'],
  refusal_unknown: [404, 'No such refusal'],
  setup_not_needed: [409, 'No set-up needed'],
  esp_key_missing: [409, 'No key of the ESP'],
  webhook_not_mendable: [409, 'Cannot be mended'],
  plan_changed: [409, 'The plan has changed'],
  esp_refused: [409, 'The ESP refuses'],
  no_past_events: [409, 'No past events'],
  backfill_running: [409, 'A backfill is running'],
  captured_unknown: [404, 'No such captured delivery'],
  secret_unknown: [404, 'No such secret'],
  backup_unknown: [404, 'No such backup'],
  backup_damaged: [422, 'Backup damaged'],
  backup_foreign: [422, 'Backup of another deployment'],
  backup_not_understood: [422, 'Backup not understood'],
  backup_incomplete: [409, 'Backup incomplete'],
  not_empty: [409, 'Not empty'],
  drill_unknown: [404, 'No such drill'],
  archive_absent: [409, 'No archive'],
  archive_file_unknown: [404, 'No such file in the archive'],
  archive_file_lost: [404, 'Lost from the archive'],
  range_invalid: [416, 'Range not satisfiable'],
  import_ticket_invalid: [422, 'Invalid ticket'],
  token_unknown: [404, 'No such token'],
  session_unknown: [404, 'No such session'],
  too_many_streams: [429, 'Too many streams'],
  too_many_tokens: [409, 'Too many tokens'],
  last_admin: [409, 'No other admin'],
  version_conflict: [412, 'Changed by somebody else'],
  master_key_differs: [409, 'Another master key'],
  would_strand: [409, 'No secret would be left'],
  value_needed: [409, 'A new value is needed'],
  too_many_versions: [409, 'Too many versions'],
  address_not_suppressed: [404, 'Address not suppressed'],
  address_job_unknown: [404, 'No such job'],
  too_many_address_jobs: [409, 'Too many jobs'],
  quarantine_unknown: [404, 'Nothing in quarantine under this id'],
  dead_letter_unknown: [404, 'No dead letter under this id'],
  form_original: [409, 'Not with the form original'],
  replay_running: [409, 'A replay is running'],
  delivery_unknown: [404, 'No such delivery'],
  still_not_understood: [409, 'Still not understood'],
  queue_unavailable: [503, 'Queue unavailable'],
  bucket_unavailable: [503, 'Bucket unavailable'],
  not_set_up: [503, 'Not set up'],
  interrupted: [503, 'Interrupted'],
  store_unavailable: [503, 'The store does not answer'],
  fault: [500, 'Internal fault'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof PROBLEMS

/** All codes. Stable: none is renamed, and none gets another status. */
export const CODES = Object.keys(PROBLEMS) as readonly ProblemCode[]

/** One problem of the request. It never quotes a value. */
export interface Fault {
  /** Name of the parameter, or dotted path into the body. */
  readonly path: string
  /** One sentence. */
  readonly problem: string
}

/** Result of a handler that refuses. */
export interface Problem {
  readonly ok: false
  readonly code: ProblemCode
  /** One plain sentence, without anything from the request. */
  readonly detail: string
  readonly problems?: readonly Fault[] | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export const problem = (
  code: ProblemCode,
  detail: string,
  more: Pick<Problem, 'problems' | 'headers'> = {},
): Problem => ({ ok: false, code, detail, ...more })

export const statusOf = (code: ProblemCode) => PROBLEMS[code][0]
export const titleOf = (code: ProblemCode): string => PROBLEMS[code][1]

/** The problem as a response, with the request's id in its body. */
export function problemResponse({ code, detail, problems, headers }: Problem, requestId: string): Response {
  const status = statusOf(code)
  const body = {
    type: 'about:blank',
    title: titleOf(code),
    status,
    detail,
    code,
    request_id: requestId,
    ...(problems === undefined ? {} : { problems }),
  }
  return Response.json(body, { status, headers: { ...headers, 'content-type': 'application/problem+json' } })
}
