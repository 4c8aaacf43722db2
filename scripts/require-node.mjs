const LEAST_NODE = [20, 19]

/** Ends the process with one sentence when Node is too old; written so that even a very old Node can say it. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  console.error(
    `Tillgraph needs Node ${LEAST_NODE.join('.')} or newer; this is Node ${version}. See https://nodejs.org/en/download.`,
  )
  process.exit(1)
}
