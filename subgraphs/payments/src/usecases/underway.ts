import type { Services } from '../services.ts'

/** Carries out a request; copies that come while it is being carried out get its answer. */
export function underway<Answer>(
  services: Pick<Services, 'underway'>,
  key: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const running = services.underway.get(key) as Promise<Answer> | undefined
  if (running) return running
  const started = work().finally(() => services.underway.delete(key))
  services.underway.set(key, started)
  return started
}
