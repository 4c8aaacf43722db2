import { hash, verify } from '@node-rs/argon2'
import { refusal } from '@tillgraph/kit/errors'
import { normalPassword } from '../domain/password.ts'

/** OWASP's recommendation for argon2id (the package's default): 19 MiB, two passes, one lane; some 30 ms. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** At once, so that signing in never takes the whole process: the rest waits its turn, */
const AT_ONCE_MOST = 2
/** and what would wait for longer than a person does is sent away. */
const WAITING_MOST = 200

const LONGEST_PASSWORD_BYTES = 4_096

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long when there is no such person (no hash), so that the time tells nothing. */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>
}

export function createPasswords(): Passwords {
  const inTurn = createTurns(AT_ONCE_MOST, WAITING_MOST)
  let nobody: Promise<string> | undefined

  return {
    hash: password => inTurn(() => hash(normalPassword(password), PARAMETERS)),
    async verify(passwordHash, password) {
      const given = password.length > LONGEST_PASSWORD_BYTES ? '' : normalPassword(password)
      nobody ??= hash('the password of nobody', PARAMETERS)
      const compared = passwordHash ?? (await nobody)
      const fits = await inTurn(() => verify(compared, given))
      return fits && passwordHash !== undefined && password.length <= LONGEST_PASSWORD_BYTES
    },
  }
}

/** Runs so many pieces of work at once; so many may wait; more are refused. */
function createTurns(atOnce: number, waitingMost: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= waitingMost)
        throw refusal('SERVICE_UNAVAILABLE', 'Too many people sign in at this moment; try again.')
      await new Promise<void>(go => waiting.push(go))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
