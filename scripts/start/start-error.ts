/** Why it cannot start, in one sentence for whoever started it. */
export class StartError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartError'
  }
}
