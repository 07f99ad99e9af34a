/** Waits for work for a limited time. The work itself goes on. */

export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
}

/** The timer belongs to this invocation, so it also fires if the work was another's. @throws {CallTimeout} */
export async function inTime<T>(work: Promise<T>, maxMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CallTimeout()), maxMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
