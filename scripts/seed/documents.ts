const PROBLEM = '... on Problem { code message } ... on InvalidInput { field }'

export const SIGN_IN = `mutation SeedSignIn($input: SignInInput!) {
  signIn(input: $input) { __typename ... on SignInSuccess { tokens { accessToken } } ${PROBLEM} }
}`

export const SIGN_UP = `mutation SeedSignUp($input: SignUpInput!) {
  signUp(input: $input) { __typename ... on SignUpSuccess { tokens { accessToken } store { id } } ${PROBLEM} }
}`

export const SIGN_OUT = 'mutation SeedSignOut { signOut { endedSessions } }'

export const STORES = 'query SeedStores { stores(first: 100) { nodes { id name } } }'

export const CREATE_STORE = `mutation SeedStore($input: CreateStoreInput!) {
  createStore(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_USER = `mutation SeedUser($input: CreateUserInput!) {
  createUser(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_CUSTOMER = `mutation SeedCustomer($input: CreateCustomerInput!) {
  createCustomer(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_REGISTER = `mutation SeedRegister($input: CreateRegisterInput!) {
  createRegister(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_TAX_CLASS = `mutation SeedTaxClass($input: CreateTaxClassInput!) {
  createTaxClass(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_CATEGORY = `mutation SeedCategory($input: CreateCategoryInput!) {
  createCategory(input: $input) { __typename ${PROBLEM} }
}`

export const CREATE_PRODUCTS = `mutation SeedProducts($input: [CreateProductInput!]!) {
  createProducts(input: $input) { __typename ${PROBLEM} }
}`
