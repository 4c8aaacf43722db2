import {
  answerOf,
  type BrowserDatabase,
  type BrowserTransaction,
  browser,
  openDatabase,
  settled,
} from './browser-storage.ts'
import { type KeptVerdict, LogFault, type LogLine, type OfflineLog } from './log.ts'

const STORES = [
  { name: 'lines', keyPath: 'sequence' },
  { name: 'verdicts', keyPath: 'sequence' },
  { name: 'notes' },
] as const

/**
 * Opens the log `name` in this browser, for a page or a worker. One of all windows has it at a time (Web Locks: let go
 * by itself when the window closes or crashes); to another it throws LOG_IN_USE.
 */
export async function openIndexedDbLog(name: string): Promise<OfflineLog> {
  const full = `tillgraph-offline ${name}`
  const letGo = await holdAlone(full)
  try {
    return logOn(await openDatabase(full, STORES), letGo)
  } catch (error) {
    letGo()
    throw error
  }
}

/** Resolves once the lock is held, with what lets it go. */
function holdAlone(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const requested = browser().navigator.locks.request(name, { ifAvailable: true }, lock => {
      if (lock === null) {
        reject(new LogFault('LOG_IN_USE', name))
        return Promise.resolve()
      }
      return new Promise(letGo => resolve(letGo))
    })
    requested.catch(reject)
  })
}

function logOn(database: BrowserDatabase, letGo: () => void): OfflineLog {
  let open = true

  function begin(stores: readonly string[], mode: 'readonly' | 'readwrite'): BrowserTransaction {
    if (!open) throw new LogFault('LOG_CLOSED')
    // strict: a sale that was answered for survives a loss of power
    return database.transaction(stores, mode, { durability: 'strict' })
  }

  async function behind<Row>(store: string, after: number, most: number): Promise<readonly Row[]> {
    const transaction = begin([store], 'readonly')
    const range = browser().IDBKeyRange.lowerBound(after, true)
    return (await answerOf(transaction.objectStore(store).getAll(range, most))) as Row[]
  }

  async function lastIn(transaction: BrowserTransaction): Promise<LogLine | undefined> {
    const cursor = await answerOf(transaction.objectStore('lines').openCursor(null, 'prev'))
    return cursor === null ? undefined : (cursor.value as LogLine)
  }

  return {
    last: async () => lastIn(begin(['lines'], 'readonly')),
    read: (after, most) => behind<LogLine>('lines', after, most),
    async append({ sequence, line }) {
      const transaction = begin(['lines'], 'readwrite')
      const done = settled(transaction)
      // an abort is told to whoever asked for it, below
      done.catch(() => undefined)
      const last = await lastIn(transaction)
      if (sequence !== (last?.sequence ?? 0) + 1) {
        transaction.abort()
        throw new LogFault('LOG_FORK', String(sequence))
      }
      transaction.objectStore('lines').add({ sequence, line })
      await done
    },
    verdicts: (after, most) => behind<KeptVerdict>('verdicts', after, most),
    async keepVerdicts(verdicts) {
      const transaction = begin(['verdicts'], 'readwrite')
      for (const verdict of verdicts) transaction.objectStore('verdicts').put(verdict)
      await settled(transaction)
    },
    async note(name) {
      return answerOf(begin(['notes'], 'readonly').objectStore('notes').get(name))
    },
    async keepNote(name, value) {
      const transaction = begin(['notes'], 'readwrite')
      transaction.objectStore('notes').put(value, name)
      await settled(transaction)
    },
    async prune(upTo) {
      const transaction = begin(['lines', 'verdicts'], 'readwrite')
      const done = settled(transaction)
      done.catch(() => undefined)
      const last = await lastIn(transaction)
      const range = browser().IDBKeyRange.upperBound(Math.min(upTo, (last?.sequence ?? 0) - 1))
      for (const store of ['lines', 'verdicts']) transaction.objectStore(store).delete(range)
      await done
    },
    async close() {
      if (!open) return
      open = false
      database.close()
      letGo()
    },
  }
}
