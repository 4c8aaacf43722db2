import { isUuid } from '@tillgraph/rules/uuid'
import { refuseField } from '../domain/problems.ts'

/** Checks an id that a client made for something new. */
export function readId(name: string, id: string | null | undefined): void {
  if (id !== null && id !== undefined && !isUuid(id))
    refuseField(name, 'An id is a UUID in lower-case letters, such as crypto.randomUUID() makes.')
}
