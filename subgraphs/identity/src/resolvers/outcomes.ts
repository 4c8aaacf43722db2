import type { Context } from '../context.ts'
import type {
  ApprovalKeyOutcome,
  CustomerOutcome,
  PartnerOutcome,
  RegisterOutcome,
  SessionOutcome,
  SignedIn,
  StoreOutcome,
  TenantOutcome,
  UserOutcome,
} from '../outcomes.ts'
import { there } from './me.ts'

type Nothing = Record<string, never>

// How what a change was about is read for its answer: by one loader each, whatever the change was.
const tenant = async ({ tenantId }: TenantOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).tenants.load(tenantId))
const store = async ({ tenantId, storeId }: StoreOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).stores.load(storeId))
const register = async ({ tenantId, registerId }: RegisterOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).registers.load(registerId))
const user = async ({ tenantId, userId }: UserOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).users.load(userId))
const session = async ({ tenantId, sessionId }: SessionOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).sessions.load(sessionId))
const customer = async ({ tenantId, customerId }: CustomerOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).customers.load(customerId))
const partner = async ({ tenantId, partnerId }: PartnerOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).partners.load(partnerId))
const policy = async ({ tenantId, storeId }: StoreOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).offlinePolicies.load(storeId))
const key = async ({ tenantId, thumbprint }: ApprovalKeyOutcome, _: Nothing, context: Context) =>
  there(await context.load(tenantId).approvalKeys.load(thumbprint))

export const outcomes = {
  SetOfflinePolicySuccess: { policy },
  EnrolApprovalKeySuccess: { key },
  RevokeApprovalKeySuccess: { key },
  ReportOfflineLogSuccess: { register },
  SignUpSuccess: { tenant, store, user },
  SignInSuccess: { me: ({ tenantId, userId, sessionId }: SignedIn) => ({ tenantId, userId, sessionId }) },
  EndSessionSuccess: { session },
  UpdateTenantSuccess: { tenant },
  CreateStoreSuccess: { store },
  UpdateStoreSuccess: { store },
  CreateRegisterSuccess: { register },
  RenameRegisterSuccess: { register },
  CreateEnrolmentCodeSuccess: { register },
  RevokeRegisterSuccess: { register },
  CreateUserSuccess: { user },
  UpdateUserSuccess: { user },
  ChangeUserSuccess: { user },
  CreateCustomerSuccess: { customer },
  UpdateCustomerSuccess: { customer },
  AnonymiseCustomerSuccess: { customer },
  CustomerExists: { customer },
  CreatePartnerSuccess: { partner },
  UpdatePartnerSuccess: { partner },
  RotatePartnerSecretSuccess: { partner },
  ChangePartnerSuccess: { partner },
}
