/**
 * What a change answers with when it went well: only where to find what it is about. It is read anew for the answer,
 * so that the same request, asked again, can be answered from what was kept of it.
 */
export interface TenantOutcome {
  readonly tenantId: string
}

export interface StoreOutcome extends TenantOutcome {
  readonly storeId: string
}

export interface RegisterOutcome extends TenantOutcome {
  readonly registerId: string
}

export interface EnrolmentCodeOutcome extends RegisterOutcome {
  readonly code: string
  readonly expiresAt: Date
}

export interface ApprovalKeyOutcome extends TenantOutcome {
  readonly thumbprint: string
}

export interface UserOutcome extends TenantOutcome {
  readonly userId: string
}

export interface SessionOutcome extends TenantOutcome {
  readonly sessionId: string
}

export interface CustomerOutcome extends TenantOutcome {
  readonly customerId: string
}

export interface CustomerExists extends CustomerOutcome {
  readonly __typename: 'CustomerExists'
  readonly code: string
  readonly message: string
  readonly field: string
}

export interface PartnerOutcome extends TenantOutcome {
  readonly partnerId: string
}

export interface NewPartnerOutcome extends PartnerOutcome {
  readonly clientSecret: string | null
}

export interface RotatedPartnerOutcome extends PartnerOutcome {
  readonly clientSecret: string
}

/** A pair of tokens, as it goes to whoever signed in. */
export interface Tokens {
  readonly accessToken: string
  readonly accessTokenExpiresAt: Date
  readonly refreshToken: string
  readonly refreshTokenExpiresAt: Date
}

/** Who is signed in, and by which sign-in. */
export interface SignedIn {
  readonly tenantId: string
  readonly userId: string
  readonly sessionId: string
}

export interface SignInOutcome extends SignedIn {
  readonly tokens: Tokens
}

export interface SignUpOutcome extends SignInOutcome {
  readonly storeId: string
}
