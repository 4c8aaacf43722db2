// Stands in for a worker: one that dies over the third seed, and makes a mistake over the fifth.
process.on('disconnect', () => process.exit())
process.on('message', ({ seed }: { readonly seed: number }) => {
  if (seed === 3) process.exit(9)
  // the earlier a seed, the longer it takes
  setTimeout(() => process.send?.({ seed, error: seed === 5 ? 'A mistake' : 'none' }), 60 - 10 * seed)
})
