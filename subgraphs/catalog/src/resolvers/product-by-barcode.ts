import type { QueryResolvers } from '../../generated/graphql.ts'
import { scan } from '../usecases/scan.ts'

export const productByBarcode: NonNullable<QueryResolvers['productByBarcode']> = (_, { barcode }, context) =>
  scan(context, barcode)
