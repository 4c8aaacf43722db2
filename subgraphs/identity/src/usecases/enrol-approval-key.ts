import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseName } from '@tillgraph/rules/names'
import type { EnrolApprovalKeyInput } from '../../generated/graphql.ts'
import { APPROVAL_KEY_PROOF, isPublicKey, thumbprintOf, verifyProof } from '../access/register-proof.ts'
import type { Context } from '../context.ts'
import { enrolmentRefused, field, isInvalid, readInput, refuseField } from '../domain/problems.ts'
import { changeOf } from './change.ts'
import { record } from './record.ts'

/** Makes the device that asks one on which the caller signs approvals, once it has proved that it holds the key. */
export async function enrolApprovalKey(context: Context, input: EnrolApprovalKeyInput) {
  const { tenantId, subject } = requireCaller(context)
  const given = readInput(() => {
    if (!isPublicKey(input.publicKey)) refuseField('publicKey', 'This is not the x of a public Ed25519 JWK.')
    return { name: field('name', () => parseName(input.name)) }
  })
  if (isInvalid(given)) return given
  const now = context.clock.now()
  const payload = await verifyProof(input.proof, input.publicKey, APPROVAL_KEY_PROOF, now)
  if (payload?.sub !== subject) return enrolmentRefused()
  const thumbprint = await thumbprintOf(input.publicKey)
  return changeOf(
    context,
    tenantId,
    async work => {
      const { name } = given
      const { publicKey } = input
      await work.prisma.approvalKey.create({
        data: { tenantId, thumbprint, userId: subject, name, publicKey, enrolledAt: now },
      })
      await record(context, work, {
        action: 'user.approval_key.enrolled',
        subject: 'USER',
        subjectId: subject,
        after: { key: thumbprint, name },
      })
      return { __typename: 'EnrolApprovalKeySuccess' as const, tenantId, thumbprint }
    },
    // one key is one manager's, and enrolled once
    { approval_key_pkey: enrolmentRefused },
  )
}
