import { productChanged } from '@tillgraph/kit/events/catalog'
import { writeEvents } from '@tillgraph/kit/events/outbox'
import { once } from '@tillgraph/kit/idempotency'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import type { CreateProductInput } from '../../generated/graphql.ts'
import type { Context, Work } from '../context.ts'
import { admitNewProducts, type ProductProblem, type ProductToSave } from '../domain/admit-products.ts'
import {
  type AlreadyUsedDifferently,
  alreadyUsedDifferently,
  type InvalidInput,
  isProblem,
  readInput,
  type StillInProgress,
} from '../domain/problems.ts'
import { type ProductDraft, readNewProduct } from '../domain/product-draft.ts'
import type { ProductOutcome } from '../outcomes.ts'
import type { Change } from '../store/change.ts'
import { holdingsOf } from '../store/holdings.ts'
import { insertProducts } from '../store/save-products.ts'
import { ensureTaxSettings } from '../store/tax-settings.ts'
import { type Asked, changeAlways, wentWell } from './change.ts'
import { createGathering } from './gathering.ts'
import { readId } from './read-id.ts'

const OPERATION = 'createProduct'

type Saved =
  | (ProductOutcome & { readonly __typename: 'CreateProductSuccess' })
  | ProductProblem
  | AlreadyUsedDifferently
  | StillInProgress

/** A product that is to be created, as far as that can be known without looking at the catalogue. */
interface Asking {
  readonly input: CreateProductInput
  readonly draft: ProductDraft
  /** Under which the request is carried out once, if it has a name. */
  readonly key: string | undefined
  readonly fingerprint: string
}

/**
 * Creates products, each with an answer of its own, in one transaction: the requests are looked up together, and what
 * is new among them is checked and written by the same few statements whether it is one or a hundred.
 */
export async function createProducts(
  context: Context,
  inputs: readonly CreateProductInput[],
  pathOf: (index: number) => Asked['info']['path'],
): Promise<(Saved | InvalidInput)[]> {
  const asked = inputs.map((input, index) => read(context, input, pathOf(index)))
  const askings = asked.filter(one => !isProblem(one)) as Asking[]
  const outcomes =
    askings.length === 0
      ? []
      : await changeAlways(context, (work, change) => createOnce(context, work, change, askings))
  let next = 0
  return asked.map(one => (isProblem(one) ? (one as InvalidInput) : (outcomes[next++] as Saved)))
}

function read(context: Context, input: CreateProductInput, path: Asked['info']['path']) {
  return readInput(() => {
    readId(input.id)
    const draft = readNewProduct(input)
    const key = idempotencyKeyOf(context, { fieldName: OPERATION, path }, input.id)
    return { input, draft, key, fingerprint: fingerprintOf(draft) }
  })
}

async function createOnce(
  context: Context,
  work: Work,
  change: Change,
  askings: readonly Asking[],
): Promise<readonly Saved[]> {
  const { defaultTaxClassId } = await ensureTaxSettings(work, change)
  const first = firstOfEachKey(askings)
  const gathering = createGathering(new Set(first).size, (products: readonly ProductToSave[]) =>
    save(context, work, change, products),
  )
  const outcomes = new Map<Asking, Promise<Saved>>()
  for (const asking of new Set(first)) {
    const { input, draft, key, fingerprint } = asking
    const product = {
      id: input.id ?? context.makeId(),
      draft: { ...draft, taxClassId: draft.taxClassId ?? defaultTaxClassId },
    }
    const request = { operation: OPERATION, fingerprint, keep: wentWell }
    outcomes.set(
      asking,
      key === undefined
        ? gathering.add(product)
        : gathering.orNot(add => once<Saved>(work, { ...request, key }, () => add(product))),
    )
  }
  const settled = await Promise.allSettled(outcomes.values())
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  return Promise.all(
    askings.map((asking, index) => {
      const same = first[index]
      // the same id twice in one request is the same product, or it is a mistake
      return same?.fingerprint === asking.fingerprint ? (outcomes.get(same) as Promise<Saved>) : alreadyUsedDifferently
    }),
  )
}

function firstOfEachKey(askings: readonly Asking[]): Asking[] {
  const byKey = new Map<string, Asking>()
  return askings.map(asking => {
    if (asking.key === undefined) return asking
    const first = byKey.get(asking.key) ?? asking
    byKey.set(asking.key, first)
    return first
  })
}

async function save(
  context: Context,
  work: Work,
  change: Change,
  products: readonly ProductToSave[],
): Promise<Saved[]> {
  const problems = admitNewProducts(products, await holdingsOf(work, products))
  const admitted = products.filter((_, index) => problems[index] === undefined)
  await insertProducts(work, admitted, change)
  await writeEvents(
    work,
    admitted.map(({ id }) => productChanged.of(id, { productId: id, change: 'CREATED' }, context.makeId())),
  )
  return products.map(
    ({ id }, index) => problems[index] ?? { __typename: 'CreateProductSuccess' as const, productId: id },
  )
}
