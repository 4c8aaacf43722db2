/** What keeps the tree from being made ready, as one sentence for whoever started the command. */
export class PrepareError extends Error {
  name = 'PrepareError'
}
