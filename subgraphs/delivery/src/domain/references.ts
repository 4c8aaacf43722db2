/** Something of another subgraph's, of which delivery knows the id. */
export interface Reference {
  readonly id: string
}
