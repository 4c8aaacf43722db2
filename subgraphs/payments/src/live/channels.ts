/** On which channels of the bus it is told that payments have changed. */
export const OFFLINE_CHANNEL = 'payments.offline'
export const ORDER_CHANNEL = 'payments.order'
