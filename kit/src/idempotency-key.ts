import type { GraphQLResolveInfo } from 'graphql'
import { refusal } from './errors.ts'
import type { RequestContext } from './subgraph/request.ts'

const KEY_CHARACTERS_MOST = 200
const VISIBLE = /^[\x21-\x7e]+$/

/**
 * The key under which a mutation is carried out once: the id or key that its input names, or else the
 * Idempotency-Key header with the path of the field, so that one header covers each of several root fields. A key
 * holds for one field of the mutation type; undefined when neither was given.
 */
export function idempotencyKeyOf(
  context: Pick<RequestContext, 'idempotencyKey'>,
  info: Pick<GraphQLResolveInfo, 'fieldName' | 'path'>,
  named?: string | null,
): string | undefined {
  if (named !== undefined && named !== null) {
    if (named.length > KEY_CHARACTERS_MOST || !VISIBLE.test(named))
      throw refusal('BAD_USER_INPUT', `An idempotency key has 1 to ${KEY_CHARACTERS_MOST} visible ASCII characters.`)
    return `${info.fieldName}:${named}`
  }
  // no field is named so that the two could meet
  return context.idempotencyKey === undefined ? undefined : `#${context.idempotencyKey}:${pathOf(info.path)}`
}

function pathOf(path: GraphQLResolveInfo['path']): string {
  return path.prev ? `${pathOf(path.prev)}.${path.key}` : String(path.key)
}
