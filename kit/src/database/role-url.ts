import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** Owns a subgraph's schema and tables; nobody can log in as it. */
export type OwnerRole = `tillgraph_${string}_owner`
/** What a subgraph's requests run as: its own schema, one tenant at a time. */
export type ApplicationRole = `tillgraph_${string}`
/** What a subgraph's outbox relay and its work across tenants run as: only what a migration granted it. */
export type RelayRole = `tillgraph_${string}_relay`
/** Owns the schema `bullmq`, which BullMQ migrates by itself. */
export type QueuesRole = 'tillgraph_queues'
export type LoginRole = ApplicationRole | RelayRole | QueuesRole

export const QUEUES_ROLE: QueuesRole = 'tillgraph_queues'
export const QUEUES_SCHEMA = 'bullmq'
export const ownerRole = (subgraph: string): OwnerRole => `tillgraph_${subgraph}_owner`
export const applicationRole = (subgraph: string): ApplicationRole => `tillgraph_${subgraph}`
export const relayRole = (subgraph: string): RelayRole => `tillgraph_${subgraph}_relay`

/** A role's password follows from the one secret, so that every process can make its own URL and none is stored. */
export function rolePassword(role: LoginRole, roleSecret: string): string {
  return createHmac('sha256', roleSecret).update(role).digest('base64url')
}

/** The database's URL with a role of ours in place of whoever it names. */
export function roleUrl(databaseUrl: string, role: LoginRole, roleSecret: string): string {
  const url = new URL(databaseUrl)
  url.username = role
  url.password = rolePassword(role, roleSecret)
  return url.href
}

// Postgres's default. The password is 256 random bits, which no number of rounds makes harder to guess.
const SCRAM_ITERATIONS = 4096

/** What Postgres stores for a password (RFC 5802), so that the password itself is never sent or logged. */
export function scramVerifier(role: LoginRole, roleSecret: string): string {
  const salt = createHmac('sha256', roleSecret).update(`${role} salt`).digest().subarray(0, 16)
  const salted = pbkdf2Sync(rolePassword(role, roleSecret), salt, SCRAM_ITERATIONS, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest()
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey.toString('base64')}`
}
