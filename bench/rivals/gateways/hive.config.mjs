// What its makers set in their own comparison of gateways; the rest is as it comes.
import { defineConfig } from '@graphql-hive/gateway'

export const gatewayConfig = defineConfig({ maxDepth: false, maxTokens: false })
