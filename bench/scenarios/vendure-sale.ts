import { header } from '../harness/http-parser.ts'
import { Refused, type Scenario } from '../harness/scenario.ts'

export interface VendureSale {
  /** Their variants have the ids 1 to this. */
  readonly products: number
}

const LINES = 3
const MAX_TOLD_CHARACTERS = 300
const RESULT = '{ __typename ... on Order { state } ... on ErrorResult { errorCode message } }'

const ADD = `mutation ($id: ID!) { result: addItemToOrder(productVariantId: $id, quantity: 1) ${RESULT} }`
const CUSTOMER = `mutation ($input: CreateCustomerInput!) { result: setCustomerForOrder(input: $input) ${RESULT} }`
const ADDRESS = `mutation ($input: CreateAddressInput!) { result: setOrderShippingAddress(input: $input) ${RESULT} }`
const SHIPPING = `mutation { result: setOrderShippingMethod(shippingMethodId: [1]) ${RESULT} }`
const ARRANGE = `mutation { result: transitionOrderToState(state: "ArrangingPayment") ${RESULT} }`
const PAY = `mutation { result: addPaymentToOrder(input: { method: "cash", metadata: {} }) ${RESULT} }`

/**
 * One till that sells: an order of three lines, its customer, address and shipping, which Vendure demands of every
 * order, and its payment. Errors of the database under load (it deadlocks) are refusals, and the till starts anew.
 */
export const scenario: Scenario<VendureSale> = ({ index, connection, parameters }) => {
  const customer = { emailAddress: `till-${index}@example.com`, firstName: 'Till', lastName: String(index) }
  const address = { streetLine1: '1 High Street', city: 'Town', postalCode: '12345', countryCode: 'DE' }
  let token: string | undefined
  let sold = 0

  const mutate = async (query: string, variables?: Record<string, unknown>): Promise<string | undefined> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await connection.send(connection.prepare('/shop-api', headers, JSON.stringify({ query, variables })))
    token = header(answer.head, 'vendure-auth-token') ?? token
    const text = answer.body.toString()
    const { data, errors } = JSON.parse(text) as {
      data?: { result?: { __typename: string; state?: string } }
      errors?: unknown
    }
    if (errors !== undefined || data?.result?.__typename !== 'Order') {
      token = undefined
      throw new Refused(text.slice(0, MAX_TOLD_CHARACTERS))
    }
    return data.result.state
  }

  return async () => {
    for (let line = 0; line < LINES; line++) {
      await mutate(ADD, { id: String(1 + ((index * 131 + sold * 17 + line * 337) % parameters.products)) })
    }
    await mutate(CUSTOMER, { input: customer })
    await mutate(ADDRESS, { input: address })
    await mutate(SHIPPING)
    await mutate(ARRANGE)
    const state = await mutate(PAY)
    if (state !== 'PaymentSettled') throw new Error(`a sale ended as ${state}`)
    sold++
  }
}
