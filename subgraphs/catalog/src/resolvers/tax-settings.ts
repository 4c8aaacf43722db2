import type { QueryResolvers } from '../../generated/graphql.ts'
import { taxSettingsOf } from '../usecases/tax-settings.ts'

export const taxSettings: NonNullable<QueryResolvers['taxSettings']> = (_, _args, context) => taxSettingsOf(context)
