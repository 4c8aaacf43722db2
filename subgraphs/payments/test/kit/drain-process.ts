/** Works off offline payments in a process of its own, until it is killed. Its argument: the settings as JSON. */
import { startDrain } from './drain.ts'

await startDrain(JSON.parse(process.argv[2] ?? ''))
console.log('ready')
