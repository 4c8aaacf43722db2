import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { JWK } from 'jose'

export interface KeyRow {
  readonly kid: string
  readonly state: 'NEXT' | 'CURRENT' | 'RETIRED'
  readonly publicKey: JWK
  readonly privateKey: Buffer
}

export interface KeyTurn {
  readonly moment: Date
  /** A current key that has been so since before this is replaced. */
  readonly changeBefore: Date
  /** A key may sign when it was published before this. */
  readonly publishedBefore: Date
  /** A key that was retired before this is deleted. */
  readonly forgetBefore: Date
  readonly distrust: boolean
  readonly fresh: readonly { readonly kid: string; readonly public: JWK; readonly private: string }[]
}

const READ = sql<KeyRow>(`
  select kid, state, public_key as "publicKey", private_key as "privateKey" from signing_keys()`)

const TURN = sql<{ changed: boolean }>('select turn_signing_keys($1, $2, $3, $4, $5, $6::jsonb) as changed')

type Reach = Pick<Database, 'beforeTenant'>

export function readSigningKeys(database: Reach): Promise<KeyRow[]> {
  return database.beforeTenant(READ)
}

export async function turnSigningKeys(database: Reach, turn: KeyTurn): Promise<boolean> {
  const { moment, changeBefore, publishedBefore, forgetBefore, distrust, fresh } = turn
  const values = [moment, changeBefore, publishedBefore, forgetBefore, distrust, JSON.stringify(fresh)]
  const [row] = await database.beforeTenant(TURN, values)
  return row?.changed ?? false
}
