import { fork } from 'node:child_process'
import type { TillAnswer, TillJob } from './till-process.ts'

const project = new URL('../..', import.meta.url).pathname

/** Sends requests from client processes, dealt out to them in turn; the answers are in the order of the requests. */
export async function askFromProcesses(job: TillJob, processes: number): Promise<TillAnswer[]> {
  const parts = Array.from({ length: processes }, (_, part) =>
    job.requests.filter((_, index) => index % processes === part),
  )
  const atOnce = Math.ceil(job.atOnce / processes)
  const answers = await Promise.all(parts.map(requests => askFromProcess({ ...job, requests, atOnce })))
  return job.requests.map((_, index) => answers[index % processes]?.[Math.floor(index / processes)] as TillAnswer)
}

function askFromProcess(job: TillJob): Promise<TillAnswer[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('till-process.ts', import.meta.url), {
      cwd: project,
      execArgv: ['--import', './scripts/typescript.mjs'],
    })
    child.once('exit', code => reject(new Error(`a process of tills ended with ${code}`)))
    child.once('message', (told: { answers?: TillAnswer[]; broken?: string }) => {
      if (told.answers) resolve(told.answers)
      else reject(new Error(told.broken))
      child.disconnect()
    })
    child.send(job)
  })
}
