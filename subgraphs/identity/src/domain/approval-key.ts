/** The public half of a key that a manager signs approvals with, as its row is. */
export interface ApprovalKey {
  readonly tenantId: string
  readonly thumbprint: string
  readonly userId: string
  readonly name: string
  readonly publicKey: string
  readonly enrolledAt: Date
  readonly revokedAt: Date | null
}
