import type { CryptoKey } from 'jose'
import { answerOf, browser, openDatabase, settled } from './browser-storage.ts'
import { deviceKeyOf, makeDeviceKey } from './device-key.ts'
import type { DeviceKey } from './sign.ts'

const DATABASE = 'tillgraph-device'
const KEYS = [{ name: 'keys' }] as const

/** A key as the browser keeps it: by reference, so that even the database does not hold what could be read. */
interface KeptKey {
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey
}

/** What a device's key is for: the till that it is, or the approvals of a manager. */
export type KeySlot = 'register' | 'approval'

/** This browser's key; made when there is none. Whichever windows ask at once get the same. */
export function browserKey(slot: KeySlot): Promise<DeviceKey> {
  return alone(slot, async () => (await load(slot)) ?? (await renew(slot)))
}

/** A new key in place of the old one, for a device that becomes another till. */
export function newBrowserKey(slot: KeySlot): Promise<DeviceKey> {
  return alone(slot, () => renew(slot))
}

async function load(slot: KeySlot): Promise<DeviceKey | undefined> {
  const database = await openDatabase(DATABASE, KEYS)
  try {
    const kept = await answerOf(database.transaction(['keys'], 'readonly').objectStore('keys').get(slot))
    return kept === undefined ? undefined : await deviceKeyOf(kept as KeptKey)
  } finally {
    database.close()
  }
}

async function renew(slot: KeySlot): Promise<DeviceKey> {
  const made = await makeDeviceKey()
  const database = await openDatabase(DATABASE, KEYS)
  try {
    const transaction = database.transaction(['keys'], 'readwrite', { durability: 'strict' })
    transaction.objectStore('keys').put({ publicKey: made.verifyKey, privateKey: made.privateKey }, slot)
    await settled(transaction)
  } finally {
    database.close()
  }
  return made
}

async function alone<Value>(slot: KeySlot, work: () => Promise<Value>): Promise<Value> {
  let result: Promise<Value> | undefined
  await browser().navigator.locks.request(`${DATABASE} ${slot}`, {}, async () => {
    result = work()
    await result.catch(() => undefined)
  })
  if (result === undefined) throw new Error('A lock that is waited for is given')
  return result
}
