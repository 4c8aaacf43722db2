/** What went wrong with the database, as one sentence for whoever started the command. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
}
