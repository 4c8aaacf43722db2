import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type CryptoKey, exportJWK, importJWK, type JWK } from 'jose'
import { deviceKeyOf, makeDeviceKey } from '../device-key.ts'
import type { DeviceKey } from '../sign.ts'

/** The key in a file that only its owner can read; made when there is none. */
export async function fileKey(path: string): Promise<DeviceKey> {
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return kept === undefined ? makeFile(path) : read(JSON.parse(kept) as JWK)
}

async function makeFile(path: string): Promise<DeviceKey> {
  const made = await makeDeviceKey({ extractable: true })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // never over one that is there: the till would be another
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify(await exportJWK(made.privateKey)))
    await file.sync()
  } finally {
    await file.close()
  }
  return made
}

async function read({ d, ...jwk }: JWK): Promise<DeviceKey> {
  const [publicKey, privateKey] = await Promise.all([
    importJWK(jwk, 'EdDSA'),
    importJWK({ ...jwk, ...(d ? { d } : {}) }, 'EdDSA'),
  ])
  return deviceKeyOf({ publicKey: publicKey as CryptoKey, privateKey: privateKey as CryptoKey })
}
