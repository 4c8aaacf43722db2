import { runProcess } from '@tillgraph/kit/subgraph/process'
import { assemble } from './subgraph.ts'

await runProcess('inventory', assemble)
