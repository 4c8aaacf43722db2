/** Where BullMQ keeps its jobs: in Redis when there is one, else in schema `bullmq` of a Postgres. */
export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string }
