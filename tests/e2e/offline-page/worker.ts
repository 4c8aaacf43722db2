// Keeps the page for when there is no network, as the service worker of a till does.

interface WaitingEvent {
  waitUntil(work: Promise<unknown>): void
}

interface FetchEvent {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

interface WorkerGlobals {
  addEventListener(type: 'install' | 'activate', listen: (event: WaitingEvent) => void): void
  addEventListener(type: 'fetch', listen: (event: FetchEvent) => void): void
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
  readonly caches: {
    open(name: string): Promise<{
      addAll(paths: readonly string[]): Promise<void>
      match(request: Request): Promise<Response | undefined>
    }>
  }
}

const worker = globalThis as unknown as WorkerGlobals
const KEPT = ['/', '/page.js']

worker.addEventListener('install', event => {
  event.waitUntil(
    worker.caches
      .open('till')
      .then(cache => cache.addAll(KEPT))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', event => event.waitUntil(worker.clients.claim()))

worker.addEventListener('fetch', event => {
  const { pathname } = new URL(event.request.url)
  if (event.request.method !== 'GET' || !KEPT.includes(pathname)) return
  event.respondWith(
    worker.caches
      .open('till')
      .then(cache => cache.match(event.request))
      .then(kept => kept ?? fetch(event.request)),
  )
})
