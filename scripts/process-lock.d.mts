export function lockProcess(
  file: string,
  options?: { waiting?: (holderPid: number) => void; waitMilliseconds?: number },
): Promise<() => void>

export function processStarted(pid: number): string | undefined
