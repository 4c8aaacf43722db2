import type { MutationResolvers } from '../../generated/graphql.ts'
import { anonymiseCustomer } from '../usecases/anonymise-customer.ts'
import { changePassword } from '../usecases/change-password.ts'
import { createCustomer } from '../usecases/create-customer.ts'
import { createEnrolmentCode } from '../usecases/create-enrolment-code.ts'
import { createPartner } from '../usecases/create-partner.ts'
import { createRegister } from '../usecases/create-register.ts'
import { createStore } from '../usecases/create-store.ts'
import { createUser } from '../usecases/create-user.ts'
import { enrolApprovalKey } from '../usecases/enrol-approval-key.ts'
import { enrolRegister } from '../usecases/enrol-register.ts'
import { refresh } from '../usecases/refresh.ts'
import { renameRegister } from '../usecases/rename-register.ts'
import { reportOfflineLog } from '../usecases/report-offline-log.ts'
import { resetPassword } from '../usecases/reset-password.ts'
import { revokeApprovalKey } from '../usecases/revoke-approval-key.ts'
import { revokeRegister } from '../usecases/revoke-register.ts'
import { rotatePartnerSecret } from '../usecases/rotate-partner-secret.ts'
import { setOfflinePolicy } from '../usecases/set-offline-policy.ts'
import { setPartnerActive } from '../usecases/set-partner-active.ts'
import { setRole } from '../usecases/set-role.ts'
import { setUserActive } from '../usecases/set-user-active.ts'
import { signIn } from '../usecases/sign-in.ts'
import { endSession, signOut, signOutEverywhere } from '../usecases/sign-out.ts'
import { signUp } from '../usecases/sign-up.ts'
import { updateCustomer } from '../usecases/update-customer.ts'
import { updatePartner } from '../usecases/update-partner.ts'
import { updateStore } from '../usecases/update-store.ts'
import { updateTenant } from '../usecases/update-tenant.ts'
import { updateUser } from '../usecases/update-user.ts'

/** Each mutation is one use case, which reads its input itself and answers with a member of its union. */
export const mutations: MutationResolvers = {
  signUp: (_, { input }, context) => signUp(context, input),
  signIn: (_, { input }, context) => signIn(context, input),
  refresh: (_, { input }, context) => refresh(context, input),
  changePassword: (_, { input }, context) => changePassword(context, input),
  signOut: (_, __, context) => signOut(context),
  signOutEverywhere: (_, __, context) => signOutEverywhere(context),
  endSession: (_, { id }, context) => endSession(context, id),
  updateTenant: (_, { input }, context, info) => updateTenant(context, input, info),
  createStore: (_, { input }, context, info) => createStore(context, input, info),
  updateStore: (_, { input }, context, info) => updateStore(context, input, info),
  createRegister: (_, { input }, context, info) => createRegister(context, input, info),
  renameRegister: (_, { input }, context, info) => renameRegister(context, input, info),
  createEnrolmentCode: (_, { registerId, ...asked }, context) => createEnrolmentCode(context, registerId, asked),
  enrolRegister: (_, { input }, context) => enrolRegister(context, input),
  revokeRegister: (_, { id, ...asked }, context) => revokeRegister(context, id, asked),
  setOfflinePolicy: (_, { input }, context, info) => setOfflinePolicy(context, input, info),
  enrolApprovalKey: (_, { input }, context) => enrolApprovalKey(context, input),
  revokeApprovalKey: (_, { id }, context) => revokeApprovalKey(context, id),
  reportOfflineLog: (_, { input }, context) => reportOfflineLog(context, input),
  createUser: (_, { input }, context, info) => createUser(context, input, info),
  updateUser: (_, { input }, context, info) => updateUser(context, input, info),
  resetPassword: (_, { input }, context) => resetPassword(context, input),
  deactivateUser: (_, { id }, context, info) => setUserActive(context, id, false, info),
  activateUser: (_, { id }, context, info) => setUserActive(context, id, true, info),
  grantRole: (_, { input }, context, info) => setRole(context, input, 'held', info),
  revokeRole: (_, { input }, context, info) => setRole(context, input, 'not-held', info),
  createCustomer: (_, { input }, context, info) => createCustomer(context, input, info),
  updateCustomer: (_, { input }, context, info) => updateCustomer(context, input, info),
  anonymiseCustomer: (_, { id }, context, info) => anonymiseCustomer(context, id, info),
  createPartner: (_, { input }, context, info) => createPartner(context, input, info),
  updatePartner: (_, { input }, context, info) => updatePartner(context, input, info),
  rotatePartnerSecret: (_, { input }, context) => rotatePartnerSecret(context, input),
  deactivatePartner: (_, { id }, context, info) => setPartnerActive(context, id, false, info),
  activatePartner: (_, { id }, context, info) => setPartnerActive(context, id, true, info),
}
