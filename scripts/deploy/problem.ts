import { Stop } from '../../src/cli/stop.ts'

/** A deployment that cannot continue. The message tells the operator what to do. */
export class DeployProblem extends Error {
  override readonly name: string = 'DeployProblem'
}

/**
 * Runs a command to its end: exit 1 and a sentence if it could not. Who reads the output may leave (`| head`): what was begun in an
 * account must still be finished.
 */
export async function ended(run: () => Promise<void>): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EPIPE') throw cause
    })
  try {
    await run()
  } catch (cause) {
    if (!(cause instanceof DeployProblem || cause instanceof Stop)) throw cause
    console.error(cause.message)
    process.exitCode = 1
  }
}
