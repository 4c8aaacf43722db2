import { z } from 'zod'
import type { RawQueue } from './queue.ts'

// not 'marker': BullMQ keeps something of its own under that name
const MARKER = 'sent-until'

const markerData = z.object({ until: z.string() })

/**
 * A job that nobody works, by which a relay sees whether the queues still hold what they were given. It says until
 * when all that was marked as sent is known to be there. A store that was emptied has lost it; one that was restored
 * from an older copy has an older one.
 */
export function createMarker(queue: RawQueue) {
  return {
    async read(): Promise<string | undefined> {
      const job = await queue.getJob(MARKER)
      return job && markerData.parse(job.data).until
    },
    async place(until: string): Promise<void> {
      await queue.remove(MARKER)
      await queue.add(MARKER, { until }, { jobId: MARKER })
    },
    /** Throws when the marker is gone: it is never made anew here. */
    async advance(until: string): Promise<void> {
      const job = await queue.getJob(MARKER)
      if (!job) throw new Error('The queues have lost the marker')
      await job.updateData({ until })
    },
  }
}
