/** `postern destinations`: where events go, and how they get there. */
import { type MakeCommand, noun } from '../command.ts'
import { attempts, test } from '../destinations/attempts.ts'
import { deadLetters, redrive } from '../destinations/dead-letters.ts'
import { list, remove, show } from '../destinations/document.ts'
import { DESTINATION } from '../destinations/path.ts'
import { pause, resume } from '../destinations/pause.ts'
import { put } from '../destinations/put.ts'
import { replay } from '../destinations/replay.ts'
import { retry, skip, waiting } from '../destinations/waiting.ts'
import { activate, link, revoke, rotate } from '../secrets/verbs.ts'

export const destinations: MakeCommand = (cli) =>
  noun(
    'destinations',
    'Where events go: endpoints of yours that receive each event, signed.',
    list(cli),
    show(cli),
    put(cli),
    remove(cli),
    test(cli),
    pause(cli),
    resume(cli),
    replay(cli),
    attempts(cli),
    waiting(cli),
    retry(cli),
    skip(cli),
    deadLetters(cli),
    redrive(cli),
    rotate(cli, DESTINATION),
    activate(cli, DESTINATION),
    revoke(cli, DESTINATION),
    link(cli, DESTINATION),
  )
