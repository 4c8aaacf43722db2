// What we use of IndexedDB and Web Locks. The project is compiled without the types of browsers, so that no server code
// can use a browser's global by mistake.

export interface StoreRequest<Value> {
  readonly result: Value
  readonly error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}

export interface OpenRequest extends StoreRequest<BrowserDatabase> {
  onupgradeneeded: (() => void) | null
  onblocked: (() => void) | null
}

export interface BrowserDatabase {
  createObjectStore(name: string, options?: { readonly keyPath: string }): unknown
  transaction(
    stores: readonly string[],
    mode: 'readonly' | 'readwrite',
    options?: { readonly durability: 'strict' },
  ): BrowserTransaction
  close(): void
}

export interface BrowserTransaction {
  objectStore(name: string): BrowserStore
  abort(): void
  readonly error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
  onerror: (() => void) | null
}

export interface BrowserStore {
  get(key: unknown): StoreRequest<unknown>
  getAll(range: unknown, most: number): StoreRequest<unknown[]>
  add(value: unknown): StoreRequest<unknown>
  put(value: unknown, key?: unknown): StoreRequest<unknown>
  delete(range: unknown): StoreRequest<unknown>
  openCursor(range: unknown, direction: 'prev'): StoreRequest<{ readonly value: unknown } | null>
}

interface BrowserGlobals {
  readonly indexedDB: { open(name: string, version: number): OpenRequest }
  readonly IDBKeyRange: {
    lowerBound(bound: number, open: boolean): unknown
    upperBound(bound: number): unknown
  }
  readonly navigator: {
    readonly locks: {
      request(
        name: string,
        options: { readonly ifAvailable?: boolean },
        held: (lock: object | null) => Promise<void>,
      ): Promise<void>
    }
  }
}

/** The globals of a page or a worker. */
export function browser(): BrowserGlobals {
  return globalThis as unknown as BrowserGlobals
}

/** Opens a database, made with these stores when it is new; a store with a key path holds objects by that field. */
export function openDatabase(
  name: string,
  stores: readonly { readonly name: string; readonly keyPath?: string }[],
): Promise<BrowserDatabase> {
  return new Promise((resolve, reject) => {
    const request = browser().indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      for (const { name: store, keyPath } of stores)
        request.result.createObjectStore(store, keyPath === undefined ? undefined : { keyPath })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error(`Another window keeps ${name} from being opened`))
  })
}

/** The answer of one request, inside its transaction. */
export function answerOf<Value>(request: StoreRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves once all that a transaction wrote is on the disk. */
export function settled(transaction: BrowserTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted'))
    transaction.onerror = () => reject(transaction.error ?? new Error('The transaction failed'))
  })
}
