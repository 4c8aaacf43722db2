import { type OfflineReport, simulateOffline } from './offline/simulate.ts'
import type { Task, TaskResult } from './workers.ts'

/** Faults of one world that are handed on; the count of the others goes with them. */
const FAULTS_KEPT_MOST = 50

// The parent ends its workers; an interrupt at the keyboard reaches all of them.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())

process.on('message', async ({ seed, world }: Task) => {
  const result = await simulateOffline({ seed, ...world }).then(
    (report): TaskResult => ({ seed, report: withFewFaults(report) }),
    (error): TaskResult => ({ seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
  process.send?.(result)
})

function withFewFaults(report: OfflineReport): OfflineReport {
  const { faults } = report
  if (faults.length <= FAULTS_KEPT_MOST) return report
  return { ...report, faults: [...faults.slice(0, FAULTS_KEPT_MOST), `and ${faults.length - FAULTS_KEPT_MOST} more`] }
}
