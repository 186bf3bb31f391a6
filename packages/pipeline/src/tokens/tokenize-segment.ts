import {
  BytesSource,
  CorpusError,
  ProblemTally,
  readSegment,
  type ByteSource,
  type ProblemCounts,
  type SmallFileReader,
} from '@sluice/corpus'
import { Breath, publishJson, readJson, type DatasetStorage, type StagedObject } from '@sluice/dataset'
import type { BlockEncoder, Encoding } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'
import { frameOf } from '../plan/document-frame.ts'
import { positionsAreBytes, type PlannedSource } from '../plan/plan.ts'
import type { RunScope } from '../sources/run-scope.ts'
import { isSmallSource, SmallSources } from '../sources/small-sources.ts'
import { openPlannedSource } from '../sources/source-access.ts'
import { namingUnbroken } from '../sources/unbroken-text.ts'
import { refuseChangedSource } from '../sources/unchanged-source.ts'
import type { TaskControl } from '../task/task-control.ts'
import { membersOf } from '../task/source-group.ts'
import { segmentKey, type RunSegment } from '../task/task.ts'
import { gapOf, sumDocuments } from './document-sums.ts'
import { HashedObject } from './hashed-object.ts'
import { HeldObject, type HeldTokens } from './held-tokens.ts'
import { KeptFileWriter } from './kept-file.ts'
import { readOptionsOf } from '../sources/read-options.ts'
import { writeShortTexts } from './short-texts.ts'
import { documentsOfSplit } from './split-documents.ts'
import { TokenFileWriter, type TokenBuffer } from './token-file.ts'
import {
  keptFileName,
  tokenFileName,
  tokenReceiptName,
  tokenReceiptSchema,
  type SegmentReceipt,
  type TokenReceipt,
} from './token-receipt.ts'

/** What a thread keeps from one segment to the next. */
export interface TokenizeThread {
  readonly encoding: Encoding
  /** Used for one segment at a time, as is the reader. */
  readonly encoder: BlockEncoder
  readonly files: SmallFileReader
  /** Used for one token file at a time. */
  readonly buffer: TokenBuffer
}

/** Room for the tables of a token file of few documents. */
const tablesByteLength = 1 << 16

/** What tokenizing needs besides the segment. */
export interface TokenizeContext {
  readonly run: RunScope
  readonly thread: TokenizeThread
  readonly control: TaskControl
  /** The ids are given to the caller, if they are few enough to be held, and not published. */
  readonly hold: boolean
}

/** The receipt of a segment that is already tokenized, if it is. */
export async function findTokenReceipt(
  storage: DatasetStorage,
  planId: string,
  segment: RunSegment,
): Promise<TokenReceipt | undefined> {
  const name = tokenReceiptName(segment.source, segmentKey(segment))
  if ((await storage.stat(name)) === undefined) return undefined
  const parsed = tokenReceiptSchema.safeParse(await readJson(storage, name))
  if (!parsed.success || parsed.data.planId !== planId) return undefined
  for (const file of [parsed.data, parsed.data.kept]) {
    if (file === undefined) continue
    const stat = await storage.stat(file.name)
    if (stat?.byteLength !== file.byteLength) return undefined
  }
  return parsed.data
}

/**
 * Tokenizes one segment, or one group of sources, into `tokens/`, and publishes its receipt. A segment that has a valid receipt
 * is not read again.
 *
 * @throws CorpusError where the configuration says that bad content stops the run
 */
export async function tokenizeSegment(
  segment: RunSegment,
  context: TokenizeContext,
): Promise<SegmentReceipt & { readonly held?: HeldTokens }> {
  const { run, thread, control, hold } = context
  const { storage, plan, planId } = run
  const done = await findTokenReceipt(storage, planId, segment)
  if (done !== undefined) {
    control.onProgress(segment.byteLength)
    return done
  }
  const { source, count = 1 } = segment
  const planned = await run.sources.range(source, count)
  if (planned.length < count)
    throw new RunError('broken-state', `The plan has no source ${source + count - 1}`)
  const key = segmentKey(segment)
  const stage = (): Promise<StagedObject> => storage.stage(`tokens.${source}.${key}`)
  const held = hold ? new HeldObject(stage, segment.byteLength + tablesByteLength) : undefined
  const staged = held ?? new HashedObject(await stage())
  const keptStaged = plan.layout.kept === undefined ? undefined : await storage.stage(`kept.${source}.${key}`)
  try {
    const members = await membersOf(segment, run.sources)
    // Token files do not say where an id stands in its source.
    const byBytes = plan.config.to === null && thread.encoding.keepsText && planned.some(positionsAreBytes)
    const writer = new TokenFileWriter(staged, thread.buffer, byBytes)
    const kept = keptStaged && new KeptFileWriter(keptStaged)
    const sources = await openMembers(context, { writer, kept })
    const written: WrittenSource[] = []
    for (const member of members) {
      const before = writer.documents
      const { problems, ...ends } = await sources.write(member, planned[member.source - source]!)
      written.push({ ...ends, ...{ source: member.source, documents: writer.documents - before, problems } })
    }
    sources.end()
    await writer.end()
    const keptSha256 = await kept?.end()
    control.onWritten()
    const made: SegmentReceipt = {
      ...({ version: 1, planId, source, segment: key } as const),
      tokens: writer.tokens,
      documents: writer.documents,
      ...(writer.jumps > 0 && { jumps: writer.jumps }),
      ...(segment.count === undefined ? describeOne(written[0]!) : describeGroup(segment, written)),
      ...(plan.config.boundary === 'document' && {
        sums: sumDocuments(writer.documentTable, writer.tokens, gapOf(plan.config), plan.config),
      }),
      idByteLength: writer.idByteLength,
      byteLength: staged.byteLength,
      ...(keptStaged !== undefined &&
        keptSha256 !== undefined && {
          kept: {
            name: keptFileName(source, key, keptSha256),
            byteLength: keptStaged.byteLength,
            sha256: keptSha256,
          },
        }),
    }
    if (held?.held !== undefined) return { ...made, held: { receipt: made, bytes: held.held } }
    const sha256 = staged.sha256()
    const name = tokenFileName(source, key, sha256)
    const receipt: TokenReceipt = { ...made, name, sha256 }
    await staged.publish(name)
    if (receipt.kept !== undefined) await keptStaged?.publish(receipt.kept.name)
    await publishJson(storage, tokenReceiptName(source, key), receipt)
    return receipt
  } finally {
    await staged.discard()
    await keptStaged?.discard()
  }
}

/** What was written of one source. */
interface WrittenSource {
  readonly source: number
  readonly documents: number
  readonly continued: boolean
  readonly open: boolean
  readonly problems: ProblemCounts
}

type SourcePart = Pick<TokenReceipt, 'continued' | 'open' | 'problems' | 'problemsOf' | 'rows'>

function describeOne({ continued, open, problems }: WrittenSource): SourcePart {
  return { continued, open, problems }
}

function describeGroup({ source, count = 1 }: RunSegment, written: readonly WrittenSource[]): SourcePart {
  const rows = Array.from({ length: count }, () => 0)
  for (const { source: member, documents } of written) rows[member - source] = documents
  const problemsOf = written
    .filter(({ problems }) => Object.keys(problems).length > 0)
    .map(({ source: member, problems }) => ({ source: member, problems }))
  const faults = problemsOf.length === 0 ? {} : { problemsOf }
  return { rows, continued: false, open: false, problems: {}, ...faults }
}

type Written = Pick<WrittenSource, 'continued' | 'open' | 'problems'>

/** Writes the sources of a segment, one after the other. */
interface MemberWriter {
  write(member: RunSegment, planned: PlannedSource): Promise<Written>
  /** Tells of the progress that was not told yet. */
  end(): void
}

/** What is said of a short text without a fault. */
const faultless: Written = { continued: false, open: false, problems: {} }

async function openMembers(context: TokenizeContext, writers: Writers): Promise<MemberWriter> {
  const { run, thread, control } = context
  const small = await SmallSources.open(thread.files, run.access)
  const writeShort = writeShortTexts(run.plan, thread.encoder, writers.writer)
  const breath = new Breath(control.signal)
  let untold = 0
  const end = (): void => {
    if (untold > 0) control.onProgress(untold)
    untold = 0
  }
  return {
    end,
    async write(member, planned) {
      const found = member.segment.kind === 'whole' ? small.read(planned) : undefined
      if (found === undefined) return writeSource(member, planned, context, writers)
      if (!writeShort(planned, found.bytes)) {
        const source = new BytesSource(found.name, found.bytes)
        return writeDocuments(source, member, planned, context, writers)
      }
      untold += member.byteLength
      if (breath.isDue) {
        end()
        await breath.take()
      }
      return faultless
    },
  }
}

async function writeSource(
  segment: RunSegment,
  planned: PlannedSource,
  context: TokenizeContext,
  writers: Writers,
): Promise<Written> {
  const { access, plannedMs } = context.run
  const sinceMs = isSmallSource(planned) ? -Infinity : plannedMs
  await using source = await openPlannedSource(planned, access)
  try {
    const written = await writeDocuments(source, segment, planned, context, writers)
    await refuseChangedSource(planned, source, sinceMs)
    return written
  } catch (error) {
    // What is wrong with it may be that it is another one by now.
    if (error instanceof CorpusError && error.code !== 'source-changed')
      await refuseChangedSource(planned, source, sinceMs)
    throw error
  }
}

interface Writers {
  readonly writer: TokenFileWriter
  readonly kept: KeptFileWriter | undefined
}

async function writeDocuments(
  source: ByteSource,
  { segment, byteLength }: RunSegment,
  planned: PlannedSource,
  { run: { plan, access }, thread: { encoder }, control }: TokenizeContext,
  { writer, kept }: Writers,
): Promise<Written> {
  const { config } = plan
  const byBytes = positionsAreBytes(planned)
  // An attempt that failed may have left the beginning of a text.
  encoder.reset()
  const separator = Uint32Array.of(plan.tokenizer.endOfTextId)
  const { before, after } = frameOf(plan.tokenizer)
  const problems = new ProblemTally()
  let continued = false
  let open = false
  let reported = 0
  let position = 0
  const options = { ...readOptionsOf(config, plan.tokenizer), onProblem: problems.add.bind(problems) }
  const documents = readSegment(source, planned, segment, options)
  for await (const events of documentsOfSplit(documents, plan, planned, access)) {
    control.signal.throwIfAborted()
    let read = 0
    for (let place = 0; place < events.length; place++) {
      const event = events[place]!
      // Documents may be many and short: what need not wait is not waited for.
      let waiting: Promise<void> | undefined
      switch (event.kind) {
        case 'start':
          if (event.continued) continued = true
          else if (config.separator === 'between') waiting = writer.append(separator)
          if (waiting !== undefined) await waiting
          position = event.position
          writer.beginDocument(position)
          if (!event.continued && before.length > 0) await writer.appendMarks(before)
          waiting = kept?.add(event.kept ?? [])
          break
        case 'repair':
          if (byBytes) writer.repair(event)
          break
        case 'bytes': {
          read += event.bytes.length
          const short = events[place + 1]?.kind === 'end' ? encoder.encodeShort(event.bytes) : undefined
          if (short !== undefined) waiting = writer.append(short)
          else
            for (const ids of namingUnbroken(planned, position, encoder.push(event.bytes)))
              await writer.append(ids)
          break
        }
        case 'ids':
          read += event.ids.byteLength
          waiting = writer.append(event.ids)
          break
        case 'end':
          for (const ids of encoder.flush()) await writer.append(ids)
          if (!event.continues && after.length > 0) await writer.appendMarks(after)
          writer.endDocument(event.position)
          open = event.continues
          if (!event.continues && config.separator === 'after') waiting = writer.append(separator)
      }
      if (waiting !== undefined) await waiting
    }
    // Text may be longer than its source (compressed) or shorter (JSON): the segment's size is the measure.
    read = Math.min(read, byteLength - reported)
    reported += read
    if (read > 0) control.onProgress(read)
  }
  if (reported < byteLength) control.onProgress(byteLength - reported)
  return { continued, open, problems: problems.counts() }
}
