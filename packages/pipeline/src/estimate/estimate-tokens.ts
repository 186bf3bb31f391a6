import type { Corpus } from '../sources/open-corpus.ts'
import type { SourceTable } from '../sources/source-table.ts'
import type { RunSegment } from '../task/task.ts'
import { frameLength, frameOf } from '../plan/document-frame.ts'
import { countWindowsOfText, type WindowCut } from '../plan/window-cut.ts'
import {
  isCuttable,
  isOneDocument,
  sampleSegment,
  type OnSample,
  type Sample,
  type Sampling,
} from './sample-segment.ts'
import { singleSegments, type SingleSegments } from './single-segments.ts'

/** How much is tokenized to learn how many ids a corpus makes; one that is no larger is counted whole. */
export interface SampleEffort {
  /** Segments that are read, spread evenly over the corpus. */
  readonly segments: number
  /** Bytes of text of each. */
  readonly textBytes: number
  /** Bytes of text that are read of a table or a compressed source, which have to be read from their beginning. */
  readonly readBytes: number
}

/** What a run does before it starts, for the size that it prints. */
const quickSample: SampleEffort = { segments: 8, textBytes: 1 << 16, readBytes: 8 << 20 }

/** Bytes of text at each place, for somebody who asks: a larger corpus takes longer to run, and more of it is worth while. */
const thoroughBytes = { least: 1 << 17, most: 1 << 20 } as const

/**
 * What is done for somebody who asks: a corpus of several languages needs many places, and a quarter of it says how much faster a run is
 * when it has seen most words.
 */
export function thoroughSample(sourceBytes: number): SampleEffort {
  const segments = 64
  const quarter = Math.ceil(sourceBytes / 4 / segments)
  const textBytes = Math.min(thoroughBytes.most, Math.max(thoroughBytes.least, quarter))
  return { segments, textBytes, readBytes: 128 << 20 }
}

/** Files of a corpus that is counted whole, at most. */
const exactSegments = 1024

/** How many ids and documents a corpus holds. */
export interface TokenEstimate {
  readonly tokens: number
  readonly documents: number
  readonly windows: number
  /** Every byte was counted. */
  readonly exact: boolean
  /** Source bytes that were read for it. */
  readonly sampledBytes: number
  /** What one thread takes to read the tables and compressed sources of the corpus. */
  readonly readSeconds: number
}

/**
 * Counts the ids of a small corpus; of a large one tokenizes the beginning of a few segments, spread evenly, and scales up:
 * plain texts, whose documents need no counting, apart from the other formats. Faults of the content are left for the
 * run to report.
 */
export async function estimateTokens(
  corpus: Corpus,
  tasks: readonly RunSegment[],
  effort = quickSample,
  onSample: OnSample = () => {},
): Promise<TokenEstimate> {
  const exactByteLength = effort.segments * effort.textBytes
  const { sources, config, tokenizer } = corpus
  const isText = (source: number): boolean => isOneDocument(sources.at(source), config)
  const ofTexts = singleSegments(tasks, sources, isText)
  const ofRecords = singleSegments(tasks, sources, (source) => !isText(source))
  const exact =
    ofTexts.length + ofRecords.length <= exactSegments &&
    ofTexts.byteLength + ofRecords.byteLength <= exactByteLength
  const sample = (chosen: RunSegment, times: number): Promise<Sample> =>
    sampleSegment(corpus, chosen, { ...samplingOf(chosen, sources, exact, effort, times), onSample })
  const texts = await scaleUp(ofTexts, exact, effort, sample)
  const records = await scaleUp(ofRecords, exact, effort, sample)
  const textDocuments = countSources(ofTexts)
  const documents = textDocuments + Math.round(records.documents)
  const separators = { between: Math.max(0, documents - 1), after: documents, none: 0 }[config.separator]
  const framed = documents * frameLength(frameOf(tokenizer.identity))
  const tokens = Math.round(texts.tokens + records.tokens) + separators + framed
  const { boundary, packing, maxLength } = config
  const countWindows = (): number => {
    if (boundary === 'cross') return countWindowsOfText(tokens, config)
    // Packed windows are nearly full.
    if (packing !== 'none') return Math.ceil(tokens / maxLength)
    const inTexts = exact ? texts.windows : windowsOfTexts(texts.tokens, ofTexts, config)
    return Math.round(inTexts + records.windows)
  }
  return {
    tokens,
    documents,
    windows: countWindows(),
    // The windows of a text of several segments were counted piece by piece, and are about right.
    exact:
      exact &&
      texts.whole &&
      records.whole &&
      packing === 'none' &&
      (boundary === 'cross' || textDocuments === ofTexts.length),
    sampledBytes: texts.sampledBytes + records.sampledBytes,
    readSeconds: texts.readSeconds + records.readSeconds,
  }
}

/** How many sources some segments are of. Segments are in the order of their sources. */
function countSources(segments: SingleSegments): number {
  let count = 0
  let last = -1
  for (const { source } of segments) {
    if (source !== last) count++
    last = source
  }
  return count
}

/** The windows of whole texts that are cut for themselves, where each has its share of the tokens by its bytes. */
function windowsOfTexts(tokens: number, segments: SingleSegments, cut: WindowCut): number {
  let windows = 0
  let last = -1
  let own = 0
  const count = (): void => {
    if (last !== -1) windows += countWindowsOfText(Math.round((tokens * own) / segments.byteLength), cut)
    own = 0
  }
  for (const { source, byteLength } of segments) {
    if (source !== last) count()
    last = source
    own += byteLength
  }
  count()
  return windows
}

/** How a segment is sampled that speaks for `times` shares. A small file may give any amount of text if it is compressed or a table. */
function samplingOf(
  { source, segment }: RunSegment,
  sources: SourceTable,
  exact: boolean,
  { segments, textBytes, readBytes }: SampleEffort,
  times: number,
): Omit<Sampling, 'onSample'> {
  const planned = sources.at(source)!
  if (isCuttable(planned)) {
    const most = exact ? Infinity : times * textBytes
    return { textBytes: most, readBytes: most }
  }
  const most = exact ? segments * textBytes : times * textBytes
  if (!exact && segment.kind === 'blocks') return { textBytes: most, readBytes: most }
  const isSpread = !planned.format.startsWith('ids-') && planned.format !== 'npy'
  return { textBytes: most, readBytes: isSpread ? Math.max(most, readBytes) : most }
}

/**
 * Counts segments whole, or what they hold by samples: each sample speaks for an equal share of their bytes, so that a language or a
 * kind of file counts by its size.
 */
async function scaleUp(
  segments: SingleSegments,
  exact: boolean,
  effort: SampleEffort,
  sample: (segment: RunSegment, times: number) => Promise<Sample>,
): Promise<Omit<Sample, 'bytes'> & { readonly sampledBytes: number }> {
  // Of many small files more are looked at: they differ more than places in one file do.
  const wanted = segments.length > exactSegments ? 8 * effort.segments : effort.segments
  const totalBytes = segments.byteLength
  const chosen = exact ? new Map(Array.from(segments, (segment) => [segment, 1])) : spread(segments, wanted)
  const sums = { tokens: 0, documents: 0, windows: 0, readSeconds: 0 }
  let sampledBytes = 0
  let spokenFor = 0
  let whole = true
  for (const [segment, times] of chosen) {
    const seen = await sample(segment, times)
    whole &&= seen.whole
    sampledBytes += seen.bytes
    // One that could not be read says nothing.
    if (!exact && seen.bytes === 0) continue
    const share = exact ? segment.byteLength : (times * totalBytes) / wanted
    const scale = (exact && seen.whole) || seen.bytes === 0 ? 1 : share / seen.bytes
    spokenFor += share
    sums.tokens += seen.tokens * scale
    sums.documents += seen.documents * scale
    sums.windows += seen.windows * scale
    sums.readSeconds += seen.readSeconds * scale
  }
  const rest = exact || spokenFor === 0 ? 1 : totalBytes / spokenFor
  const { tokens, documents, windows, readSeconds } = sums
  return {
    ...{ tokens: tokens * rest, documents: documents * rest, windows: windows * rest },
    ...{ readSeconds: readSeconds * rest, sampledBytes, whole },
  }
}

/** Segments at places spread evenly over the bytes of all, and at how many of these places each lies. */
function spread(segments: SingleSegments, count: number): ReadonlyMap<RunSegment, number> {
  const chosen = new Map<RunSegment, number>()
  let before = 0
  let place = 0
  for (const segment of segments) {
    before += segment.byteLength
    let times = 0
    for (; place < count && (place + 0.5) * (segments.byteLength / count) < before; place++) times++
    if (times > 0) chosen.set(segment, times)
  }
  return chosen
}
