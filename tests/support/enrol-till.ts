import { makeDeviceKey, proveEnrolment } from '@tillgraph/client/offline/device-key'
import { makeId } from '@tillgraph/kit/ids'
import type { TestTill } from '../../subgraphs/orders/test/offline/kit/tills.ts'
import { demand, type TestBusiness } from './ask.ts'

const NUMBERS = 50
const PROBLEM = '... on Problem { code message }'

/** A till of a business that may sell while it is cut off, with a key of its own and numbers. */
export async function enrolTill(url: string, { storeId, tenantId, token, slug }: TestBusiness): Promise<TestTill> {
  const ask = <T>(text: string, variables: Record<string, unknown>) => demand<T>(url, text, variables, token)
  const { register } = await ask<{ register: { id: string } }>(
    `mutation ($input: CreateRegisterInput!) { createRegister(input: $input) { ${PROBLEM}
      ... on CreateRegisterSuccess { register { id } } } }`,
    { input: { storeId, name: 'Till' } },
  )
  const { given } = await ask<{ given: string }>(
    `mutation ($id: ID!) { createEnrolmentCode(registerId: $id) { ${PROBLEM}
      ... on CreateEnrolmentCodeSuccess { given: code } } }`,
    { id: register.id },
  )
  const key = await makeDeviceKey()
  const proof = await proveEnrolment(key, given)
  await ask(`mutation ($input: EnrolRegisterInput!) { enrolRegister(input: $input) { ${PROBLEM} __typename } }`, {
    input: { tenant: slug, code: given, publicKey: key.publicKey, proof },
  })
  await ask(`mutation ($input: SetOfflinePolicyInput!) { setOfflinePolicy(input: $input) { ${PROBLEM} __typename } }`, {
    input: { storeId, enabled: true },
  })
  const { block } = await ask<{ block: { first: string } }>(
    `mutation ($input: TakeNumberBlockInput!) { takeNumberBlock(input: $input) { ${PROBLEM}
      ... on TakeNumberBlockSuccess { block { first } } } }`,
    { input: { id: makeId(), registerId: register.id, size: NUMBERS } },
  )
  const me = await ask<{ id: string }>('{ me { id } }', {})
  return {
    shop: { tenantId, storeId, registerId: register.id, userId: me.id, token },
    ...{ registerId: register.id, key, revokedAt: null, nextNumber: BigInt(block.first) },
    ...{ sequence: 0, previous: '', acknowledged: 0 },
  }
}
