// Lets Node 20 run our TypeScript as it stands: types are blanked out, nothing else of a file changes, so that
// line numbers stay true and no helper slips into a hot path. Node 22.18 and newer do the same by themselves.
import { register } from 'node:module'

if (!process.features.typescript) register('./typescript-hooks.mjs', import.meta.url)
