import { connect, createServer, type Socket } from 'node:net'
import type { Duplex, Writable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { type Outlet, Outlets } from '../src/subscriptions/outlets.ts'
import { Push, textFrame } from '../src/subscriptions/push.ts'

// exported by the package, and missing from its types
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable }

/** What a WebSocket client reads from bytes. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = []
  const receiver = new Receiver({ isServer: false })
  receiver.on('message', (data: Buffer) => messages.push(data.toString()))
  receiver.write(bytes)
  return messages
}

describe('one answer for many readers', () => {
  const head = (id: string) => Buffer.from(`{"id":"${id}","type":"next","payload":`)
  // lengths around those where the head of a frame changes its form, and where frames are written in two parts
  const lengths = [0, 60, 61, 62, 63, 100, 16_380, 16_400, 65_450, 65_470, 65_500, 70_000]

  it.each(lengths)('of %i letters arrives whole under each name', length => {
    const text = `{"data":"${'é'.repeat(length / 2)}${'x'.repeat(length % 2)}"}`
    const push = new Push(text)
    for (const id of ['1', '1', '7b0c', '1'])
      expect(messagesIn(Buffer.concat([...push.framesBehind(head(id))]))).toEqual([
        `{"id":"${id}","type":"next","payload":${text}}`,
      ])
    expect(push.event.toString()).toBe(`event: next\ndata: ${text}\n\n`)
  })

  it('is encoded once for all readers of the same name', () => {
    const push = new Push('{"data":1}')
    expect(push.framesBehind(head('1'))).toBe(push.framesBehind(head('1')))
  })
})

describe('the way out to sockets', () => {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })

  async function pipe(): Promise<{ near: Duplex & { writes: number }; far: Socket; received: Buffer[] }> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const near = new Promise<Socket>(resolve => server.once('connection', resolve))
    const far = connect((server.address() as { port: number }).port, '127.0.0.1')
    const received: Buffer[] = []
    far.on('data', data => received.push(data))
    const socket = Object.assign(await near, { writes: 0 })
    const write = socket._writev?.bind(socket)
    const single = socket._write.bind(socket)
    socket._writev = (chunks, done) => {
      socket.writes += 1
      write?.(chunks, done)
    }
    socket._write = (chunk, encoding, done) => {
      socket.writes += 1
      single(chunk, encoding, done)
    }
    closers.push(() => {
      far.destroy()
      socket.destroy()
      server.close()
    })
    return { near: socket, far, received }
  }

  const state = { readyState: 1, OPEN: 1 }
  const open = (outlets: Outlets, near: Duplex): Outlet => outlets.open(state as never, near)
  const frames = (count: number) => Array.from({ length: count }, (_, index) => textFrame(`message ${index}`))

  it('keeps the order of what a turn brings and writes it at once', async () => {
    const outlets = new Outlets()
    const { near, received } = await pipe()
    const outlet = open(outlets, near)
    for (const frame of frames(50)) outlet.send(frame)
    expect(outlet.bufferedBytes).toBe(Buffer.concat(frames(50)).length)
    const messages = () => messagesIn(Buffer.concat(received))
    await expect.poll(messages).toEqual(Array.from({ length: 50 }, (_, index) => `message ${index}`))
    expect(near.writes).toBe(1)
    expect(outlet.bufferedBytes).toBe(0)
  })

  it('tells when all that waited was written, and lets others have their turn before a crowd is done', async () => {
    const outlets = new Outlets()
    const written: string[] = []
    const near = { writableLength: 0, write: () => written.push('frame') } as unknown as Duplex
    const [frame] = frames(1)
    if (frame) for (let socket = 0; socket < 2_500; socket++) open(outlets, near).send(frame)
    const done = new Promise<void>(resolve => outlets.afterwards(resolve))
    expect(written).toHaveLength(0)
    await new Promise(setImmediate)
    expect(written.length).toBeLessThan(2_500)
    await done
    expect(written).toHaveLength(2_500)
  })

  it('writes nothing behind the frame that closed a socket', async () => {
    const outlets = new Outlets()
    const { near } = await pipe()
    const closing = { readyState: 1, OPEN: 1 }
    const outlet = outlets.open(closing as never, near)
    for (const frame of frames(2)) outlet.send(frame)
    closing.readyState = 2
    await new Promise<void>(resolve => outlets.afterwards(resolve))
    expect(near.writes).toBe(0)
  })
})
