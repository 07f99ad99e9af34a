/** The calls of the object that writes the archive. Types only. */

export interface ArchiveApi {
  /** Makes sure that it runs each minute. */
  wake(): Promise<void>
}
