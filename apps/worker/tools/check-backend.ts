/**
 * `node --conditions=@sluice/source apps/worker/tools/check-backend.ts URL`: one run on a queue that is there already (Redis,
 * or Valkey), compared with what one process makes, and its cost.
 */
import ensureBuild from '@sluice/testing/ensure-build'
import { FaultRun } from '@sluice/testing/fault-run'
import { WorkerProcess } from '@sluice/testing'

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error('Expected the URL of a queue: redis://…')
ensureBuild()
using run = await FaultRun.create({ copies: 20, segmentBytes: 400, embeddings: 'none' })
await using worker = new WorkerProcess({
  SLUICE_REDIS_URL: url,
  SLUICE_ROOT: run.root,
  SLUICE_THREADS: '2',
  SLUICE_PREFIX: 'sluice_check',
})
await worker.port()
const started = performance.now()
console.log(await run.submit(url, 'sluice_check'))
await run.committed(600_000)
const seconds = (performance.now() - started) / 1000
const tasks = worker.lines.filter(({ msg }) => msg === 'task done').length
const same = run.differences().length === 0
console.log(
  `${same ? 'same bytes' : 'OTHER BYTES'}: ${tasks} tasks in ${seconds.toFixed(1)} s, ${(tasks / seconds).toFixed(0)} tasks/s`,
)
process.exitCode = same ? 0 : 1
