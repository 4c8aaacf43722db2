import type { OfflineBooks } from '../../subgraphs/orders/src/usecases/offline/offline-books.ts'
import type { HandIn, OfflineWorld } from '../../subgraphs/orders/src/usecases/offline/offline-world.ts'
import type { Plant } from './options.ts'

/** The world of orders with a fault in it, where one is planted there. */
export function withPlant(world: OfflineWorld, plant: Plant): OfflineWorld {
  switch (plant) {
    case 'no-limits':
      return { ...world, policy: async (till, version) => unlimited(await world.policy(till, version)) }
    case 'no-memory':
      return { ...world, books: forgetful(world.books) }
    case 'no-signatures':
      return { ...world, isSignedBy: () => true }
    default:
      return world
  }
}

export function keysWithPlant(keys: HandIn['keys'], plant: Plant): HandIn['keys'] {
  return plant === 'no-revocation' ? new Map([...keys].map(([id, key]) => [id, { ...key, revokedAt: null }])) : keys
}

type FoundPolicy = Awaited<ReturnType<OfflineWorld['policy']>>

const unlimited = (policy: FoundPolicy): FoundPolicy =>
  policy && { ...policy, countMax: 10_000, perDeviceMax: '9999999.00', perSaleMax: '9999999.00' }

function forgetful(books: OfflineBooks): OfflineBooks {
  return {
    known: async () => new Map(),
    holding: (till, now, work) => books.holding(till, now, page => work({ ...page, known: async () => undefined })),
  }
}
