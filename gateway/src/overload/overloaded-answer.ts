import { type Door, overloadedMessage } from '@tillgraph/kit/overload/door'
import { GraphQLError } from 'graphql'
import { type Answer, errorAnswer } from '../http/answer.ts'

/** For a whole request: nothing of it was begun. */
export function overloadedAnswer(door: Door, contentType?: string): Answer {
  const seconds = door.retryAfterSeconds()
  const answer = errorAnswer(503, 'OVERLOADED', overloadedMessage(seconds), contentType)
  return { ...answer, headers: ['retry-after', String(seconds)] }
}

/** For an operation on a socket, which has no headers. */
export function overloadedError(door: Door): GraphQLError {
  const retryAfterSeconds = door.retryAfterSeconds()
  return new GraphQLError(overloadedMessage(retryAfterSeconds), {
    extensions: { code: 'OVERLOADED', retryAfterSeconds },
  })
}
