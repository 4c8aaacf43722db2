import type { ServiceTokens } from '@tillgraph/kit/access/service-token'
import { createServiceTokens } from '@tillgraph/kit/access/service-token'
import { type Clock, systemClock } from '@tillgraph/kit/clock'
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose'

export interface ServiceKeyring {
  readonly publicKeys: JSONWebKeySet
  privateKeyOf(name: string): JWK
}

/** A key pair for each service of one start. Nothing keeps them: their tokens live for a minute. */
export async function makeServiceKeys(names: readonly string[]): Promise<ServiceKeyring> {
  const pairs = await Promise.all(
    names.map(async name => {
      const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
      const [privateKey, publicKey] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)])
      return { name, privateKey, publicKey: { ...publicKey, kid: name, alg: 'EdDSA', use: 'sig' } }
    }),
  )
  return {
    publicKeys: { keys: pairs.map(pair => pair.publicKey) },
    privateKeyOf(name) {
      const pair = pairs.find(known => known.name === name)
      if (!pair) throw new Error(`There is no service ${name}`)
      return pair.privateKey
    },
  }
}

export function serviceTokensOf(keys: ServiceKeyring, name: string, clock: Clock = systemClock): ServiceTokens {
  return createServiceTokens({
    name,
    privateKey: keys.privateKeyOf(name),
    publicKeys: keys.publicKeys,
    clock,
  })
}
