import type { Resolvers } from '../generated/graphql.ts'
import { completeSale } from './resolvers/complete-sale.ts'
import { CompleteSaleSuccess, Discount, Order, OrderLine, OrderTax, order } from './resolvers/order.ts'
import { Customer, orderByNumber, orders } from './resolvers/orders.ts'
import { priceBasket } from './resolvers/price-basket.ts'

export const resolvers: Resolvers = {
  Query: { order, orderByNumber, orders, priceBasket },
  Mutation: { completeSale },
  Order,
  OrderLine,
  OrderTax,
  Discount,
  Customer,
  CompleteSaleSuccess,
}
