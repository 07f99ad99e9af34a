/** The master key as a person gives it, and its marks. */
import { SetupError, keyMarks, readMasterKeys } from '../../src/platform/master-key.ts'
import { DeployProblem } from './problem.ts'

/** @throws {DeployProblem} in one sentence that does not quote the value */
export function readKeys(text: string): ReturnType<typeof readMasterKeys> {
  try {
    return readMasterKeys(text)
  } catch (cause) {
    if (cause instanceof SetupError) throw new DeployProblem(cause.message)
    throw cause
  }
}

/** As a release notes them: `v2:1a2b3c4d,v1:5e6f7a8b`. */
export const marksOf = async (text: string): Promise<string> => (await keyMarks(readKeys(text))).join()

/** Whether the keys include all that a Worker has, by their marks. */
export async function includes(text: string, deployedMarks: string): Promise<boolean> {
  const own = await keyMarks(readKeys(text))
  return deployedMarks.split(',').every((mark) => own.includes(mark))
}
