/**
 * Where BullMQ keeps its jobs: in Redis when there is one, else in a Postgres, in the schema `bullmq` that belongs
 * to the role of the URL.
 */
export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string }
