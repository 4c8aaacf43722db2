import type { ApprovalEntryResolvers } from '../../generated/graphql.ts'

export const ApprovalEntry: ApprovalEntryResolvers = {
  action: ({ action }) => (action === 'refund' ? 'REFUND' : 'VOID'),
  manager: ({ managerId }) => (managerId === null ? null : { id: managerId }),
  by: ({ actor }) => (actor === null ? null : { id: actor }),
  register: ({ registerId }) => (registerId === null ? null : { id: registerId }),
}
