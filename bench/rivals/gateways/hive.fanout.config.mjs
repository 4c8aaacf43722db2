// What its makers set in their own comparison of gateways, and subscriptions over sockets, as ours has them.
import { defineConfig } from '@graphql-hive/gateway'

export const gatewayConfig = defineConfig({
  maxDepth: false,
  maxTokens: false,
  transportEntries: { '*.http': { options: { subscriptions: { kind: 'ws', location: '/graphql' } } } },
})
