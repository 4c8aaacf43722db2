// Makes a clean clone ready to run: packages as package-lock.json says, then generated code. Does nothing, in a few
// milliseconds, when all is as it should be. Plain JavaScript without a dependency, for it runs before there is any.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { generatePrisma, prismaIsCurrent } from './generate-prisma.mjs'
import { installPackages, packagesAreInstalled } from './install-packages.mjs'
import { PrepareError } from './prepare-error.mjs'
import { lockProcess } from './process-lock.mjs'
import { requireNode } from './require-node.mjs'

const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)))

/** Throws a PrepareError, whose message is one sentence for the user, when the tree cannot be made ready. */
export async function prepare({ project = projectFolder, progress = line => console.error(line) } = {}) {
  const release = await lock(project, progress)
  try {
    if (!packagesAreInstalled(project)) await installPackages(project, progress)
    if (!prismaIsCurrent(project)) await generatePrisma(project, progress)
    await generateGraphql(project, progress)
  } finally {
    release()
  }
}

// GraphQL's types come from a generator written in TypeScript, which says itself whether it has anything to do.
async function generateGraphql(project, progress) {
  const generator = join(project, 'scripts/generate-graphql.ts')
  if (!existsSync(generator)) return
  await import('./typescript.mjs')
  const { generateGraphql: generate } = await import(pathToFileURL(generator).href)
  await generate({ project, progress })
}

async function lock(project, progress) {
  try {
    return await lockProcess(join(project, '.prepare.lock'), {
      waiting: pid => progress(`Waiting for process ${pid}, which is making the same folder ready …`),
    })
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) {
      // A folder that is only readable, such as a container's, is fine when there is nothing to write.
      if (packagesAreInstalled(project) && prismaIsCurrent(project)) return () => {}
      throw new PrepareError(`No permission to write to ${project}, where packages must be installed first.`)
    }
    if (error.code === 'ENOSPC') throw new PrepareError(`The disk that holds ${project} is full.`)
    throw error
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode()
  try {
    await prepare()
  } catch (error) {
    console.error(error instanceof PrepareError ? error.message : error)
    process.exitCode = 1
  }
}
