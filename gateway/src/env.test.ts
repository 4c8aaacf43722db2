import { expect, it } from 'vitest'
import { readGatewaySettings } from './env.ts'

it('a gateway needs no more than a supergraph, and listens on this machine only', () => {
  expect(readGatewaySettings({ SUPERGRAPH: 'a.graphql' })).toEqual({
    supergraph: 'a.graphql',
    host: '127.0.0.1',
    port: 4000,
    production: false,
    corsOrigins: [],
    trustedProxies: 0,
    subgraphUrls: {},
    passThrough: [],
    contracts: [],
    limits: {},
    rateLimits: undefined,
    redisUrl: undefined,
    identity: undefined,
  })
})

it('what the command line says goes before the environment', () => {
  const settings = readGatewaySettings(
    { SUPERGRAPH: 'a', PORT: '1', GATEWAY_PORT: '2' },
    { SUPERGRAPH: 'b', GATEWAY_PORT: '3' },
  )
  expect(settings).toMatchObject({ supergraph: 'b', port: 3 })
})

it('everything can be set', () => {
  const settings = readGatewaySettings({
    SUPERGRAPH: 'a',
    NODE_ENV: 'production',
    CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    ORDERS_URL: 'http://orders:4001/graphql',
    BACK_OFFICE_URL: 'https://b/graphql',
    LIMIT_SOCKETS_PER_CALLER: '20',
    REDIS_URL: 'redis://cache:6379',
    RATE_LIMIT_CALLER: '7/9',
    DATABASE_URL: 'http://not-a-subgraph',
    PASS_THROUGH: '/oauth/token=http://127.0.0.1:1/oauth/token,/x=https://y/z',
    IDENTITY_JWKS_URL: 'http://identity/.well-known/jwks.json',
    TOKEN_ISSUER: 'i',
    TOKEN_AUDIENCE: 'a',
  })
  expect(settings).toMatchObject({
    production: true,
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    subgraphUrls: { orders: 'http://orders:4001/graphql', 'back-office': 'https://b/graphql' },
    passThrough: [
      { path: '/oauth/token', target: 'http://127.0.0.1:1/oauth/token' },
      { path: '/x', target: 'https://y/z' },
    ],
    limits: { socketsPerCaller: 20 },
    rateLimits: { caller: { perSecond: 7, burst: 9 } },
    redisUrl: 'redis://cache:6379',
    identity: { jwksUrl: 'http://identity/.well-known/jwks.json', issuer: 'i', audience: 'a' },
  })
})

it('all faults are told at once', () => {
  const read = () =>
    readGatewaySettings({
      PORT: 'x',
      CORS_ORIGINS: 'shop.example/',
      PASS_THROUGH: 'token',
      IDENTITY_JWKS_URL: 'ftp://x',
    })
  expect(read).toThrow(/SUPERGRAPH is missing[\s\S]*PORT[\s\S]*CORS_ORIGINS[\s\S]*PASS_THROUGH[\s\S]*IDENTITY_JWKS_URL/)
})

it('half an identity is none', () => {
  expect(() => readGatewaySettings({ SUPERGRAPH: 'a', TOKEN_ISSUER: 'i' })).toThrow(/go together/)
})
