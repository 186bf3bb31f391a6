/**
 * A run at a size that no machine here can hold: `npm run simulate -- --tokens 1e13 --workers 2000`.
 *
 * The planner, the lists, the cuts, the shards, the receipts, the index and the commit are the real ones, over a storage in memory
 * that counts what it is asked. What a task would have read and written is left out: its receipt says a drawn number of ids, or the
 * rows of a part. Time is computed from the rates that the options give, with drawn failures and slow workers.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import {
  findReceipt,
  makeSourceList,
  mostInlineRows,
  publishJson,
  rowByteLengthOf,
  type DatasetStorage,
  type PartReceipt,
} from '@sluice/dataset'
import { MemoryBucket, memoryStorage, seededRandom, type StorageCall } from '@sluice/testing'
import { getEncoding } from '@sluice/tokenizer'
import { RunFolder } from '../../src/folder/run-folder.ts'
import { growParts } from '../../src/plan/grow-parts.ts'
import { identifyPlan } from '../../src/plan/planned-run.ts'
import { planRun } from '../../src/plan/plan.ts'
import { resolveRunConfig } from '../../src/plan/run-config.ts'
import { commitShards } from '../../src/shards/commit-shards.ts'
import { weightOf } from '../../src/shards/missing-tasks.ts'
import { openShards, type OpenRun } from '../../src/shards/open-shards.ts'
import { findReadyIndex } from '../../src/shards/ready-index.ts'
import { publishSegments } from '../../src/sources/segments-file.ts'
import {
  byteLengthOf,
  sourcesOf,
  SourceTableBuilder,
  type SourceTable,
} from '../../src/sources/source-table.ts'
import { tasksOfShard } from '../../src/shards/shard.ts'
import { partTasks } from '../../src/shards/work-shard.ts'
import { cutSources } from '../../src/sources/cut-corpus.ts'
import { segmentKey, type RunSegment, type Task } from '../../src/task/task.ts'
import { readTokenIndex } from '../../src/tokens/token-index-file.ts'
import { tokenFileName, tokenReceiptName, type TokenReceipt } from '../../src/tokens/token-receipt.ts'
import { Workers } from './clock.ts'

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1e13' },
    workers: { type: 'string', default: '2000' },
    'source-bytes': { type: 'string', default: '1e9' },
    'bytes-per-token': { type: 'string', default: '4' },
    'max-length': { type: 'string', default: '2048' },
    'tokenize-rate': { type: 'string', default: '4e7' },
    'write-rate': { type: 'string', default: '3e8' },
    failures: { type: 'string', default: '0.01' },
    slow: { type: 'string', default: '0.05' },
    'requests-per-second': { type: 'string', default: '3500' },
    seed: { type: 'string', default: '1' },
  },
})
const option = (name: keyof typeof values): number => Number(values[name])

/** Dollars for a thousand requests, as object stores charge them: puts and lists, gets and heads. */
const price = { put: 0.005, get: 0.0004 } as const
/** Names in an answer to a list. */
const namesPerList = 1000
/** A source is read in requests of this many bytes, and an output is uploaded in parts of as many. */
const transferBytes = 64 << 20
/** Workers whose start is carried out; all of them ask the same. */
const sampledWorkers = 8

const random = seededRandom(option('seed'))
const requests = { put: 0, get: 0 }
const bucket = new MemoryBucket()
const count = (call: StorageCall): void => {
  if (call === 'publish') requests.put++
  else if (call === 'list') requests.put += Math.ceil(bucket.objects.size / namesPerList)
  else if (call === 'stat' || call === 'read') requests.get++
}
/** Bytes of files whose content is left out. */
const statedBytes = new Map<string, number>()
const memory = memoryStorage(bucket, count)
const storage: DatasetStorage = {
  ...memory,
  async stat(name) {
    const stat = await memory.stat(name)
    return stat && { ...stat, byteLength: statedBytes.get(name) ?? stat.byteLength }
  },
}
const path = 'run'
const openStorage = (): DatasetStorage => storage
const sizeText = (bytes: number): string =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
const sizeOf = (pattern: RegExp): number =>
  [...bucket.objects].reduce((sum, [name, bytes]) => sum + (pattern.test(name) ? bytes.byteLength : 0), 0)
const hours = (seconds: number): string => `${(seconds / 3600).toFixed(2)} h`
const print = (name: string, value: string | number): void =>
  console.log(`${name.padEnd(34)}${typeof value === 'number' ? value.toLocaleString('en-US') : value}`)

/** Bytes of the heap that something holds when it is done, and the processor seconds that it took: others may use the machine too. */
async function measure<T>(work: () => Promise<T>): Promise<{ result: T; bytes: number; seconds: number }> {
  globalThis.gc?.()
  const before = process.memoryUsage()
  const started = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(started)
  const seconds = (user + system) / 1e6
  globalThis.gc?.()
  const after = process.memoryUsage()
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  return { result, bytes: Math.max(0, bytes), seconds }
}

/** Sources of about one size, named and hashed as real ones are. */
function drawSources(): SourceTable {
  const total = option('tokens') * option('bytes-per-token')
  const byteLengths: number[] = []
  for (let bytes = 0; bytes < total; bytes += byteLengths.at(-1)!)
    byteLengths.push(Math.round(option('source-bytes') * (0.5 + random())))
  const sources = new SourceTableBuilder(byteLengths.length)
  for (const [index, byteLength] of byteLengths.entries()) {
    const name = `s3://corpus/shard-${String(index).padStart(8, '0')}.jsonl`
    const sha256 = createHash('sha256').update(name).digest('hex')
    sources.set(index, name, { byteLength, sha256, format: 'jsonl', compression: 'none' })
  }
  return sources.finish()
}

/** A large source cut into equal ranges: where exactly does not matter here. */
function cutOne(sources: SourceTable, source: number, targetBytes: number): RunSegment[] {
  const { byteLength } = sources.at(source)!
  const pieces = Math.max(1, Math.round(byteLength / targetBytes))
  return Array.from({ length: pieces }, (_, piece) => {
    const start = Math.floor((byteLength * piece) / pieces)
    const end = Math.floor((byteLength * (piece + 1)) / pieces)
    return { source, segment: { kind: 'bytes', start, end }, byteLength: end - start }
  })
}

async function plan(): Promise<{
  readonly sources: number
  readonly segments: number
  readonly bytes: number
}> {
  const encoding = await getEncoding('gpt2')
  const config = resolveRunConfig({
    ...{ corpus: ['s3://corpus/'], maxLength: option('max-length'), embeddings: 'none', idType: 'int32' },
  })
  const sources = drawSources()
  const listed =
    sources.length > mostInlineRows ? makeSourceList(sources) : { list: sourcesOf(sources), files: [] }
  const tokenizer = {
    name: 'gpt2',
    vocabSize: encoding.vocabSize,
    endOfTextId: 50256,
    sha256: 'a'.repeat(64),
  }
  const run = identifyPlan(growParts(planRun(config, tokenizer, listed.list), sources))
  const cut = await cutSources(sources, 8 << 20, async (source, target) => cutOne(sources, source, target))
  await RunFolder.take(storage, run, listed.files)
  await publishSegments(storage, run, cut)
  return { sources: sources.length, segments: cut.length, bytes: byteLengthOf(sources) }
}

/** What a task leaves: its file, of no content, and its receipt. */
async function publish(task: Task, { planId, plan: { layout } }: OpenRun['run']): Promise<void> {
  const sha256 = createHash('sha256').update(JSON.stringify(task)).digest('hex')
  const put = async (name: string): Promise<void> => {
    const staged = await storage.stage(name)
    await staged.write([new Uint8Array(8)])
    await staged.publish(name)
  }
  if (task.kind === 'tokenize') {
    const key = segmentKey(task)
    const name = tokenFileName(task.source, key, sha256)
    const tokens = Math.round((task.byteLength / option('bytes-per-token')) * (0.9 + 0.2 * random()))
    await put(name)
    const receipt: TokenReceipt = {
      ...{ version: 1, planId, source: task.source, segment: key, name, tokens },
      documents: Math.ceil(tokens / 1000),
      ...(task.count !== undefined && {
        rows: Array.from({ length: task.count }, () => Math.ceil(tokens / 1000 / task.count!)),
      }),
      ...{ continued: false, open: false, idByteLength: 2, byteLength: 8, sha256, problems: {} },
    }
    await publishJson(storage, tokenReceiptName(task.source, key), receipt)
  } else if (task.kind === 'embed') {
    const index = String(task.part).padStart(5, '0')
    const name = `parts/${index}-${sha256.slice(0, 16)}.arrow`
    const byteLength = task.rows * rowByteLengthOf(layout)
    await put(name)
    statedBytes.set(name, byteLength)
    const receipt: PartReceipt = {
      ...{ version: 1, planId, index: task.part, name, firstWindow: task.firstWindow, rows: task.rows },
      ...{ tokens: task.rows * layout.maxLength, documents: 0, byteLength, sha256 },
    }
    await publishJson(storage, `receipts/${index}.json`, receipt)
  }
}

interface StageOutcome {
  readonly seconds: number
  readonly failures: number
  readonly quarters: readonly number[]
}

/** All shards of a stage: a failed task is tried again by the engine, and finds what its shard has done. */
async function workOff(
  tasks: readonly Task[],
  run: OpenRun['run'],
  secondsOf: (task: Task) => number,
): Promise<StageOutcome> {
  const workers = Math.min(option('workers'), tasks.length)
  const speed = Array.from({ length: workers }, () => (random() < option('slow') ? 3 : 1))
  const clock = new Workers()
  for (let worker = 0; worker < workers; worker++) clock.add(0, worker)
  const shards = Array.from({ length: workers }, (_, index) => [
    ...tasksOfShard(tasks, weightOf, { index, count: workers }),
  ])
  const ends: number[] = []
  let failures = 0
  for (let left = tasks.length; left > 0;) {
    const { at, worker } = clock.take()
    const task = shards[worker]!.shift()
    if (task === undefined) continue
    const seconds = secondsOf(task) * speed[worker]!
    if (random() < option('failures')) {
      failures++
      shards[worker]!.unshift(task)
      clock.add(at + seconds * random(), worker)
      continue
    }
    await publish(task, run)
    left--
    ends.push(at + seconds)
    clock.add(at + seconds, worker)
  }
  const sorted = ends.toSorted((left, right) => left - right)
  const quarters = [0.25, 0.5, 0.75, 1].map((share) => sorted[Math.ceil(share * sorted.length) - 1]!)
  return { seconds: sorted.at(-1)!, failures, quarters }
}

const planned = await measure(plan)
const planRequests = requests.put + requests.get
print('sources', planned.result.sources)
print('text', `${(planned.result.bytes / 1e12).toFixed(1)} TB`)
print('tokenize tasks', planned.result.segments)
print('plan.json', sizeText(sizeOf(/^plan\.json$/)))
print('list of sources', sizeText(sizeOf(/^lists\/sources/)))
print('segments.json', sizeText(sizeOf(/^tokens\/segments\.json$/)))
print('planning', `${planned.seconds.toFixed(1)} processor seconds, ${planRequests} requests`)

/** What the start of one worker costs; `work` is what it opens. */
async function startOf(name: string, open: () => Promise<unknown>): Promise<void> {
  const before = requests.get + requests.put
  const started = await measure(async () => {
    const opened: unknown[] = []
    for (let worker = 0; worker < sampledWorkers; worker++) opened.push(await open())
    return opened
  })
  const each = (requests.get + requests.put - before) / sampledWorkers
  requests.get += each * (option('workers') - sampledWorkers)
  const seconds = (each * option('workers')) / option('requests-per-second')
  print(
    `start of a worker, ${name}`,
    `${(started.seconds / sampledWorkers).toFixed(2)} processor seconds, holds ${sizeText(started.bytes / sampledWorkers)}, ${each} requests; all of them ${seconds.toFixed(1)} s of the request budget`,
  )
}

const open = async (): Promise<OpenRun> => (await openShards(path, openStorage)) as OpenRun
await startOf('tokens', open)
const opened = await open()
const { run } = opened
const tokenTasks = opened.segments.map((segment): Task => ({ kind: 'tokenize', ...segment }))
const tokens = await workOff(tokenTasks, run, (task) => weightOf(task) / option('tokenize-rate'))
const indexed = await measure(() => findReadyIndex(opened))
if (indexed.result.state !== 'done') throw new Error('Expected all tokens to be there')
const ready = indexed.result.result
print('tokens', ready.tokens)
print(
  'index',
  `${sizeText(sizeOf(/^tokens\/index-/))}, made in ${indexed.seconds.toFixed(1)} processor seconds`,
)
await startOf('parts', async () => {
  const worker = await open()
  const index = await findReadyIndex(worker)
  return [worker, index, await readTokenIndex(storage, ready.name, run.plan)]
})
const parts = await partTasks(opened, ready)
print('windows', ready.windows)
print('parts', parts.length)
const rowBytes = rowByteLengthOf(run.plan.layout)
print(
  'output',
  `${((ready.windows * rowBytes) / 1e12).toFixed(1)} TB, ${sizeText(parts[0]!.rows * rowBytes)} a part`,
)
const made = await workOff(parts, run, (task) => (weightOf(task) * rowBytes) / option('write-rate'))
for (const { part } of parts.slice(0, 3)) await findReceipt(storage, { index: part, planId: run.planId })
const committed = await measure(() => commitShards(path, openStorage))
if (committed.result.state !== 'done') throw new Error('Expected a manifest')
print('commit', `${committed.seconds.toFixed(1)} processor seconds, holds ${sizeText(committed.bytes)}`)
print('manifest.json', sizeText(sizeOf(/^manifest\.json$/)))
print('list of parts', sizeText(sizeOf(/^lists\/parts/)))
const transfers = Math.ceil((planned.result.bytes + 2 * ready.tokens) / transferBytes)
const uploads = Math.ceil((2 * ready.tokens + ready.windows * rowBytes) / transferBytes)
print('failed attempts', `${tokens.failures} of tokens, ${made.failures} of parts`)
const cost = (requests.put * price.put + requests.get * price.get) / 1000
const dataCost = (uploads * price.put + transfers * price.get) / 1000
print(
  'requests of the run',
  `${Math.round(requests.put).toLocaleString('en-US')} puts and lists, ${Math.round(requests.get).toLocaleString('en-US')} gets: $${cost.toFixed(2)}`,
)
print(
  'requests of its data',
  `${uploads.toLocaleString('en-US')} puts, ${transfers.toLocaleString('en-US')} gets: $${dataCost.toFixed(2)}`,
)
// What the benchmark of the queue measures: a server without jobs, one job with its keys, and the stream of events, which is cut.
const redis = { empty: 1.1e6, job: 2050, events: 1.5e6, jobs: 512 }
const liveJobs = Math.min(redis.jobs, Math.max(planned.result.segments, parts.length))
print(
  'memory of Redis, on a queue',
  `${sizeText(redis.empty + redis.events + liveJobs * redis.job)}: ${liveJobs} jobs at a time`,
)
print('time line, tokens', tokens.quarters.map(hours).join(', '))
print('time line, parts', made.quarters.map((at) => hours(at + tokens.seconds)).join(', '))
print('peak memory of this process', sizeText(process.resourceUsage().maxRSS * 1024))
