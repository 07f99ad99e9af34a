/** `postern destinations`: where events go, and how they get there. */
import { noun } from '../command.ts'
import { attempts, test } from '../destinations/attempts.ts'
import { givenUp, redrive } from '../destinations/given-up.ts'
import { DOCUMENT, list, remove, show } from '../destinations/document.ts'
import { put, set } from '../documents.ts'
import { DESTINATION } from '../destinations/path.ts'
import { pause, resume } from '../destinations/pause.ts'
import { replay } from '../destinations/replay.ts'
import { retry, skip, waiting } from '../destinations/waiting.ts'
import { activate, link, revoke, rotate } from '../secrets/verbs.ts'

export const destinations = noun(
  list,
  show,
  put(DOCUMENT),
  set(DOCUMENT),
  remove,
  test,
  pause,
  resume,
  replay,
  attempts,
  waiting,
  retry,
  skip,
  givenUp,
  redrive,
  rotate(DESTINATION),
  activate(DESTINATION),
  revoke(DESTINATION),
  link(DESTINATION),
)
