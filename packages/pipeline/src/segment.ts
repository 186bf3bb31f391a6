import {
  openLocalFile,
  replacementCharacter,
  Utf8Gate,
  CorpusError,
  type DocumentEvent,
  type Problem,
} from '@sluice/corpus'
import type { RunConfig } from './run-config.ts'

export interface Segment {
  readonly source: number
  readonly path: string
  readonly byteLength: number
}

export function segmentKey({ byteLength }: Segment): string {
  return `0-${byteLength}`
}

export interface SegmentContent extends AsyncDisposable {
  readonly events: AsyncIterable<readonly DocumentEvent[]>
}

export async function openSegment(
  segment: Segment,
  config: RunConfig,
  onProblem: (problem: Problem) => void,
  onBytes: (byteLength: number) => void,
): Promise<SegmentContent> {
  const source = await openLocalFile(segment.path)
  async function* events(): AsyncGenerator<readonly DocumentEvent[]> {
    const gate = new Utf8Gate(replacementCharacter, (position, byteLength) => {
      const detail = `${byteLength === 1 ? 'a byte that is' : `${byteLength} bytes that are`} not UTF-8`
      if (config.invalid === 'fail') {
        throw new CorpusError('invalid-utf8', `${detail} at byte ${position}`, {
          source: segment.path,
          position,
        })
      }
      onProblem({ reason: 'invalid-utf8', position, action: 'replaced', detail })
    })
    yield [{ kind: 'start', position: 0, continued: false }]
    for await (const chunk of source.stream()) {
      yield gate.push(chunk).map((bytes) => ({ kind: 'bytes', bytes }) as const)
      onBytes(chunk.length)
    }
    yield [
      ...gate.end().map((bytes) => ({ kind: 'bytes', bytes }) as const),
      { kind: 'end', position: segment.byteLength, continues: false },
    ]
  }
  return { events: events(), [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() }
}
