export const RETENTION_PATH = '/retention'
