import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { takeBlock } from '@tillgraph/rules/order-number'
import type { Context } from '../../context.ts'
import { type NumberBlock, sizeOf, UNUSED_NUMBERS_MOST } from '../../domain/offline/number-block.ts'
import { alreadyUsedDifferently, tooManyNumbers } from '../../domain/problems.ts'
import { countUnused, findBlock, insertBlock, lockCounter } from '../../store/offline/number-blocks.ts'

export interface WantedBlock {
  readonly id: string
  readonly storeId: string
  readonly registerId: string
  readonly size: bigint
}

/** Gives a till the next numbers of its store, once, however often it asks under the same id. */
export function takeNumberBlock(context: Context, wanted: WantedBlock) {
  const caller = requireCaller(context)
  const { id, storeId, registerId, size } = wanted
  return context.database.write(caller.tenantId, async session => {
    // whoever asks at the same time waits here, and then finds the block
    const next = await lockCounter(session, storeId)
    const known = await findBlock(session, id)
    if (known)
      return known.registerId === registerId && sizeOf(known) === size ? taken(known) : alreadyUsedDifferently()
    const unused = await countUnused(session, registerId)
    if (unused + size > UNUSED_NUMBERS_MOST) return tooManyNumbers(unused)
    const { first, last } = takeBlock(next, size).block
    const takenBy = caller.kind === 'person' ? caller.subject : null
    const block = { id, storeId, registerId, first, last, used: 0n, takenBy, takenAt: context.clock.now() }
    await insertBlock(session, block)
    return taken(block)
  })
}

const taken = (block: NumberBlock) => ({ __typename: 'TakeNumberBlockSuccess', block }) as const
