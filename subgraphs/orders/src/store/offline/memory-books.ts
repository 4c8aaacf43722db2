import {
  createMemoryTransactions,
  type MemoryHooks,
  pausingBefore,
  type Undoable,
} from '@tillgraph/kit/memory-transactions'
import type { ChainLink } from '@tillgraph/rules/offline/chain'
import type { KeptRecord } from '../../domain/offline/offline-record.ts'
import type { OfflineBooks, Till, TillPage } from '../../usecases/offline/offline-books.ts'
import { emptyContent, type MemoryContent } from './memory-content.ts'

/** Books in memory, for simulations. */
export interface MemoryBooks extends OfflineBooks {
  content(tenantId: string): MemoryContent
}

/** Transactions of a business run one after another: more than Postgres asks for, and the same to whoever looks on. */
export function createMemoryBooks(hooks: MemoryHooks = {}): MemoryBooks {
  const tenants = new Map<string, MemoryContent>()
  const { run, pause } = createMemoryTransactions(hooks)

  function content(tenantId: string): MemoryContent {
    const known = tenants.get(tenantId) ?? emptyContent()
    tenants.set(tenantId, known)
    return known
  }

  return {
    content,
    async known({ tenantId, registerId }, hashes) {
      await pause()
      return run(tenantId, async () => {
        const { records } = content(tenantId)
        const found = hashes.map(hash => records.get(`${registerId} ${hash}`)).filter(record => record !== undefined)
        return new Map(found.map(record => [record.hash, record]))
      })
    },
    holding: (till, _now, work) =>
      run(till.tenantId, write => work(pausingBefore(pageOn(content(till.tenantId), till, write), pause))),
  }
}

function pageOn(content: MemoryContent, till: Till, write: Undoable): TillPage {
  const { registerId, storeId } = till
  const linkAt = (keyId: string, sequence: number): ChainLink | undefined => {
    const record = content.places.get(`${keyId} ${sequence}`)
    return record?.place ? { sequence, previous: record.place.previous, hash: record.hash } : undefined
  }
  const blockOf = (number: bigint) => {
    for (const block of content.blocks.values())
      if (block.registerId === registerId && block.storeId === storeId && number >= block.first && number <= block.last)
        return true
    return false
  }
  const takeNumber = () => {
    const number = content.counters.get(storeId) ?? 1n
    write.set(content.counters, storeId, number + 1n)
    return number
  }
  function keepPlace(record: KeptRecord): void {
    if (record.place && record.inChain)
      write.set(content.places, `${record.place.keyId} ${record.place.sequence}`, record)
    if (record.outcome !== 'ACCEPTED' || record.read?.value == null) return
    const { keyId, sequence, acknowledged, value } = record.read
    const sales = [...(content.accepted.get(keyId) ?? []), { sequence, acknowledged, value }]
    write.set(
      content.accepted,
      keyId,
      sales.sort((a, b) => a.sequence - b.sequence),
    )
  }
  return {
    known: async hash => content.records.get(`${registerId} ${hash}`),
    around: async (keyId, sequence) => ({
      same: linkAt(keyId, sequence),
      before: linkAt(keyId, sequence - 1),
      after: linkAt(keyId, sequence + 1),
    }),
    async answeredAt(keyId, sequence) {
      const gap = [...content.alarms.values()].some(
        alarm => alarm.keyId === keyId && alarm.kind === 'GAP' && alarm.sequence <= sequence && alarm.closedAt === null,
      )
      return gap ? undefined : content.places.get(`${keyId} ${sequence}`)?.receivedAt
    },
    async acceptedBeside(keyId, { sequence, acknowledged }, most) {
      const sales = content.accepted.get(keyId) ?? []
      const later = sales.filter(sale => sale.sequence > sequence && sale.acknowledged < sequence)
      const behind = Math.min(acknowledged, ...later.map(sale => sale.acknowledged))
      return sales.filter(sale => sale.sequence > behind).slice(0, most)
    },
    mayUseNumber: async number => blockOf(number) && !content.numbers.has(`${storeId} ${number}`),
    nextNumber: async () => takeNumber(),
    approvalIsUsed: async (id, orderId) => (content.approvals.get(id) ?? orderId) !== orderId,
    async claimOrder(orderId) {
      if (content.selling.get(orderId) === 'SELLING') return 'BUSY'
      return content.orders.has(orderId) ? 'USED' : 'FREE'
    },
    async keep(record) {
      write.set(content.records, `${registerId} ${record.hash}`, record)
      keepPlace(record)
    },
    async complete(order, fingerprint) {
      write.set(content.orders, order.id, { order, fingerprint })
      write.set(content.numbers, `${storeId} ${order.number}`, order.id)
    },
    async spendApprovals(approvals, orderId) {
      for (const { id } of approvals) write.set(content.approvals, id, orderId)
    },
    async raise(alarm) {
      write.set(content.alarms, `${alarm.keyId} ${alarm.kind} ${alarm.sequence} ${alarm.hash}`, alarm)
    },
    async close({ keyId, kind, sequence, hash }, now) {
      for (const [name, alarm] of content.alarms) {
        const meant = alarm.keyId === keyId && alarm.kind === kind && alarm.sequence === sequence
        if (meant && (hash === undefined || alarm.hash === hash) && alarm.closedAt === null)
          write.set(content.alarms, name, { ...alarm, closedAt: now })
      }
    },
    async audit(entry) {
      write.set(content.audit, entry.id, entry)
    },
    async tell(events) {
      write.atCommit(() => {
        for (const event of events) content.outbox.set(event.id, event)
      })
    },
  }
}
