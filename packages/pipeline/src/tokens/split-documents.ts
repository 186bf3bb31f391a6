import { createHash } from 'node:crypto'
import { readSegment, type DocumentEvent, type DocumentStream } from '@sluice/corpus'
import type { Plan, PlannedSource } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { openPlannedSource, type SourceAccess } from '../sources/source-access.ts'
import { readOptionsOf } from '../sources/read-options.ts'

/** Bytes at a document's start that decide its side. */
const headByteLength = 4096

/**
 * Whether a document belongs to the validation dataset: the first 48 bits of sha256(`<seed>:` and the first 4 KiB of
 * its UTF-8 text, or of its ids as uint32), as a fraction of 2^48, are below the wanted share. So a document stays on its side
 * whatever is added to the corpus around it, and equal texts are on the same side.
 */
export function isValidation(
  head: Uint8Array,
  { seed, validation }: NonNullable<RunConfig['split']>,
): boolean {
  const hash = createHash('sha256').update(`${seed}:`).update(head.subarray(0, headByteLength)).digest()
  return hash.readUIntBE(0, 6) / 2 ** 48 < validation
}

/** The documents of a segment that the plan is about, whole. */
export async function* documentsOfSplit(
  documents: DocumentStream,
  plan: Plan,
  planned: PlannedSource,
  access: SourceAccess,
): DocumentStream {
  const { split } = plan.config
  if (split === null || plan.split === undefined) {
    yield* documents
    return
  }
  const wanted = (head: Uint8Array): boolean => isValidation(head, split) === (plan.split === 'validation')
  yield* chooseDocuments(documents, wanted, () => headOfSource(plan, planned, access))
}

/** The beginning of a source that is one document. */
async function headOfSource(plan: Plan, planned: PlannedSource, access: SourceAccess): Promise<Uint8Array> {
  await using source = await openPlannedSource(planned, access)
  const head: Uint8Array[] = []
  let byteLength = 0
  for await (const events of readSegment(
    source,
    planned,
    { kind: 'whole' },
    readOptionsOf(plan.config, plan.tokenizer),
  )) {
    for (const event of events) {
      const bytes = contentOf(event)
      if (bytes === undefined) continue
      head.push(bytes)
      byteLength += bytes.length
    }
    if (byteLength >= headByteLength) break
  }
  return Buffer.concat(head)
}

/** A copy of what an event has of a document: its text, or its ids as uint32, little-endian. */
function contentOf(event: DocumentEvent): Uint8Array | undefined {
  if (event.kind === 'bytes') return event.bytes.slice()
  return event.kind === 'ids' ? new Uint8Array(event.ids.slice().buffer) : undefined
}

/**
 * Passes on the documents whose beginning is wanted.
 *
 * @param readHead reads the beginning of a document of which the segment holds a piece: its source has no other
 */
async function* chooseDocuments(
  documents: DocumentStream,
  wanted: (head: Uint8Array) => boolean,
  readHead: () => Promise<Uint8Array>,
): DocumentStream {
  let held: DocumentEvent[] = []
  let heldBytes = 0
  let state: 'open' | 'kept' | 'dropped' = 'dropped'
  for await (const events of documents) {
    const kept: DocumentEvent[] = []
    const decide = (head: Uint8Array): 'kept' | 'dropped' => {
      const decided = wanted(head) ? 'kept' : 'dropped'
      if (decided === 'kept') kept.push(...held)
      held = []
      return decided
    }
    const heldHead = (): Uint8Array => Buffer.concat(held.flatMap((event) => contentOf(event) ?? []))
    for (const event of events) {
      if (event.kind === 'start') {
        held = [event]
        heldBytes = 0
        state = event.continued ? decide(await readHead()) : 'open'
      } else if (state === 'open' && event.kind !== 'end') {
        // The memory of a piece is used again before the document is decided.
        held.push(event.kind === 'bytes' ? { kind: 'bytes', bytes: event.bytes.slice() } : event)
        heldBytes += contentOf(event)?.length ?? 0
        if (heldBytes >= headByteLength) state = decide(heldHead())
      } else {
        if (state === 'open' && event.kind === 'end')
          state = decide(event.continues ? await readHead() : heldHead())
        if (state === 'kept') kept.push(event)
      }
    }
    yield kept
  }
}
