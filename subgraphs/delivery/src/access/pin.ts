import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// Four digits are soon tried by whoever has the row; the bound on attempts guards the door, this only the copy.
const SALT_BYTES = 16
const HASH_BYTES = 32
const COST = { N: 4_096, r: 8, p: 1 }

export const PIN_ATTEMPTS_MOST = 5

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt)

export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(pin, salt, HASH_BYTES, COST)
  return `${salt.toString('base64url')}.${hash.toString('base64url')}`
}

export async function isPin(pin: string, hashed: string): Promise<boolean> {
  const [salt = '', hash = ''] = hashed.split('.').map(part => Buffer.from(part, 'base64url'))
  const found = await derive(pin, Buffer.from(salt), HASH_BYTES, COST)
  return timingSafeEqual(found, Buffer.from(hash))
}
