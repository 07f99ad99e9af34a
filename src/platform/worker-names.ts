/** The three Workers of a deployment. */
export const WORKER_NAMES = ['gateway', 'consumer', 'console'] as const
export type WorkerName = (typeof WORKER_NAMES)[number]
