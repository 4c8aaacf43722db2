import { expect, test } from 'vitest'
import { HttpParser, header, type Message } from './http-parser.ts'

const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Token: abc\r\n\r\nhello'
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'
const empty = 'HTTP/1.1 204 No Content\r\n\r\n'

function readInPieces(text: string, size: number): Message[] {
  const parser = new HttpParser()
  const messages: Message[] = []
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    parser.read(bytes.subarray(at, at + size), ({ head, body }) => messages.push({ head, body: Buffer.from(body) }))
  }
  return messages
}

test('messages are the same however the network cuts them', () => {
  const stream = plain + chunked + empty + plain
  for (const size of [1, 2, 3, 7, 19, 64, stream.length]) {
    const bodies = readInPieces(stream, size).map(message => message.body.toString())
    expect(bodies, `in pieces of ${size}`).toEqual(['hello', 'hello world', '', 'hello'])
  }
})

test('headers are found whatever their case', () => {
  const [message] = readInPieces(plain, 10)
  expect(header(message?.head ?? '', 'x-token')).toBe('abc')
  expect(header(message?.head ?? '', 'token')).toBeUndefined()
})

test('a message that claims a senseless length is refused', () => {
  expect(() => readInPieces('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 100)).toThrow('content-length')
  expect(() => readInPieces('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 100)).toThrow('chunk size')
})
