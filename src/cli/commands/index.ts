/** The only list of commands, in the order of the help. */
import type { MakeCommand } from '../command.ts'
import { adminToken } from './admin-token.ts'
import { audit } from './audit.ts'
import { backup, restore } from './backup.ts'
import { capture } from './capture.ts'
import { channels } from './channels.ts'
import { completion } from './completion.ts'
import { archive } from './archive.ts'
import { assessment } from './assess.ts'
import { apply, diff, exportConfiguration } from './configuration.ts'
import { counters } from './counters.ts'
import { deadLetters } from './dead-letters.ts'
import { deliverability } from './deliverability.ts'
import { destinations } from './destinations.ts'
import { doctor } from './doctor.ts'
import { drill } from './drill.ts'
import { events } from './events.ts'
import { incidents } from './incidents.ts'
import { listen } from './listen.ts'
import { login, logout } from './login.ts'
import { masterKey } from './master-key.ts'
import { messages } from './messages.ts'
import { people } from './people.ts'
import { providers } from './providers.ts'
import { quarantine } from './quarantine.ts'
import { refusals } from './refusals.ts'
import { retention } from './retention.ts'
import { secrets } from './secrets.ts'
import { sessions, whoami } from './sessions.ts'
import { sign } from './sign.ts'
import { sources } from './sources.ts'
import { sql } from './sql.ts'
import { suppressions } from './suppressions.ts'
import { tail } from './tail.ts'
import { tokens } from './tokens.ts'
import { trace } from './trace.ts'
import { verify } from './verify.ts'

export const COMMANDS: readonly MakeCommand[] = [
  login,
  logout,
  whoami,
  sources,
  providers,
  secrets,
  destinations,
  channels,
  events,
  messages,
  refusals,
  incidents,
  suppressions,
  people,
  quarantine,
  deadLetters,
  counters,
  deliverability,
  archive,
  sql,
  exportConfiguration,
  diff,
  apply,
  tokens,
  sessions,
  adminToken,
  audit,
  retention,
  backup,
  restore,
  masterKey,
  doctor,
  tail,
  trace,
  listen,
  capture,
  verify,
  sign,
  drill,
  assessment,
  completion,
]
