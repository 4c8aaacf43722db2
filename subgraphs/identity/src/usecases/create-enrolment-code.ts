import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { sha256 } from '../access/hash.ts'
import type { Context } from '../context.ts'
import { ENROLMENT_CODE_BYTES, ENROLMENT_CODE_LIFE_MS, enrolmentCode, parseEnrolmentCode } from '../domain/enrolment.ts'
import { notFound } from '../domain/problems.ts'
import { lockOwnRegister } from './lock-own-register.ts'
import { type LoseUnsent, loseUnsent } from './lose-unsent.ts'
import { record } from './record.ts'

/** A code by which one device becomes a till. Never kept, so it cannot be given again: a new one takes its place. */
export async function createEnrolmentCode(context: Context, registerId: string, asked: LoseUnsent) {
  const { tenantId, subject } = requireCaller(context)
  return context.database.write(tenantId, async work => {
    const register = await lockOwnRegister(context, work, registerId, 'identity.register.enrol')
    if (!register) return notFound()
    const losing = await loseUnsent(work, register.id, asked)
    if ('__typename' in losing) return losing
    const code = enrolmentCode(context.random(ENROLMENT_CODE_BYTES))
    const now = context.clock.now()
    const expiresAt = new Date(now.getTime() + ENROLMENT_CODE_LIFE_MS)
    await work.prisma.enrolmentCode.deleteMany({ where: { tenantId, registerId: register.id } })
    await work.prisma.enrolmentCode.create({
      data: {
        tenantId,
        codeHash: Uint8Array.from(sha256(parseEnrolmentCode(code))),
        registerId: register.id,
        createdBy: subject,
        createdAt: now,
        expiresAt,
        loseUnsent: losing.lost !== undefined,
      },
    })
    await record(context, work, {
      action: 'register.code_created',
      subject: 'REGISTER',
      subjectId: register.id,
      storeId: register.storeId,
      after: losing.lost,
    })
    return { __typename: 'CreateEnrolmentCodeSuccess' as const, tenantId, registerId: register.id, code, expiresAt }
  })
}
