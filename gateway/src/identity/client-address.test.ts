import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { markClientAddress } from './client-address.ts'

function marked(
  headers: Record<string, string>,
  trustedProxies: number,
  remoteAddress: string | undefined = '10.0.0.9',
) {
  const request = { headers: { ...headers }, socket: { remoteAddress } } as unknown as IncomingMessage
  markClientAddress(request, trustedProxies)
  return request.headers['x-client-address']
}

test.each([
  ['the socket tells it', {}, 0, '10.0.0.9'],
  ['one that was sent is not believed', { 'x-client-address': '1.2.3.4' }, 0, '10.0.0.9'],
  ['without proxies of our own, forwarded addresses are not believed', { 'x-forwarded-for': '1.2.3.4' }, 0, '10.0.0.9'],
  ['one proxy: the last entry, which it wrote', { 'x-forwarded-for': '6.6.6.6, 1.2.3.4' }, 1, '1.2.3.4'],
  ['two proxies: the one before', { 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.1' }, 2, '1.2.3.4'],
  ['fewer entries than proxies: the first', { 'x-forwarded-for': '1.2.3.4' }, 3, '1.2.3.4'],
  ['a proxy that tells nothing', {}, 1, '10.0.0.9'],
])('%s', (_, headers, proxies, address) => {
  expect(marked(headers as Record<string, string>, proxies)).toBe(address)
})

test('IPv4 in the clothes of IPv6 is the same client', () => {
  expect(marked({}, 0, '::ffff:192.168.1.5')).toBe('192.168.1.5')
})

test('a socket that is gone leaves no address, and not the one that was sent', () => {
  const request = { headers: { 'x-client-address': '1.2.3.4' }, socket: {} } as unknown as IncomingMessage
  markClientAddress(request, 0)
  expect(request.headers).not.toHaveProperty('x-client-address')
})
