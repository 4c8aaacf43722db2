import { createServer } from 'node:net'
import { StartError } from './start-error.ts'

/** Throws one clear sentence when nobody could listen there; port 0 always can. */
export async function requireFreePort(host: string, port: number, setting: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port, setting)))
    server.listen(port, host, () => server.close(() => resolve()))
  })
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, setting: string): Error {
  if (error.code === 'EADDRINUSE')
    return new StartError(`Port ${port} is in use: stop what listens there, or choose another with ${setting}=4100.`)
  if (error.code === 'EACCES')
    return new StartError(`Port ${port} may not be used by this account: choose one above 1023 with ${setting}=4000.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new StartError(`${host} is not an address of this machine: set HOST to one that is, such as 127.0.0.1.`)
  return error
}
