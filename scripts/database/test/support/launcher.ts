// A process of its own that starts the embedded database of a data folder, tells how, and waits to be ended.
// It is what the tests kill. Its lines on stdout: one of JSON when the database is ready, then its progress.
import { startEmbeddedDatabase } from '../../embedded.ts'

const [dataFolder = ''] = process.argv.slice(2)
const database = await startEmbeddedDatabase({ dataFolder, durable: true, progress: line => console.log(line) })
const { url, pid, port, adopted, roleSecret } = database
console.log(JSON.stringify({ url, pid, port, adopted, roleSecret }))
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => database.stop().then(() => process.exit(0)))
setInterval(() => {}, 1_000)
