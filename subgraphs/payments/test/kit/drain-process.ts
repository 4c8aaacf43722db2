/** Works off offline payments in a process of its own, until it is killed. DRAIN_SETTINGS: the settings as JSON. */
import { startDrain } from './drain.ts'

await startDrain(JSON.parse(process.env.DRAIN_SETTINGS ?? ''))
console.log('ready')
