import { createHash } from 'node:crypto'
import { readSegment, type DocumentEvent, type DocumentStream } from '@sluice/corpus'
import { positionsAreBytes, type Plan, type PlannedSource } from '../plan/plan.ts'
import type { RunConfig } from '../plan/run-config.ts'
import { openPlannedSource, type SourceAccess } from '../sources/source-access.ts'
import { readOptionsOf } from '../sources/read-options.ts'

/** Bytes at a document's start that decide its side. */
const headByteLength = 4096

/**
 * Whether a document belongs to the validation dataset: the first 48 bits of sha256(`<seed>:` and the first 4 KiB of
 * its UTF-8 text), as a fraction of 2^48, are below the wanted share. So a document stays on its side whatever is added
 * to the corpus around it, and equal texts are on the same side.
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
  // Each source whose positions are bytes is one document, of which a segment may hold any piece.
  if (!positionsAreBytes(planned)) yield* chooseDocuments(documents, wanted)
  else if (wanted(await headOfSource(plan, planned, access))) yield* documents
}

/** The beginning of a source that is one document. */
async function headOfSource(plan: Plan, planned: PlannedSource, access: SourceAccess): Promise<Uint8Array> {
  await using source = await openPlannedSource(planned, access)
  const head: Uint8Array[] = []
  let byteLength = 0
  for await (const events of readSegment(source, planned, { kind: 'whole' }, readOptionsOf(plan.config))) {
    for (const event of events) {
      if (event.kind !== 'bytes') continue
      head.push(event.bytes.slice())
      byteLength += event.bytes.length
    }
    if (byteLength >= headByteLength) break
  }
  return Buffer.concat(head)
}

async function* chooseDocuments(
  documents: DocumentStream,
  wanted: (head: Uint8Array) => boolean,
): DocumentStream {
  let held: DocumentEvent[] = []
  let heldBytes = 0
  let state: 'open' | 'kept' | 'dropped' = 'dropped'
  for await (const events of documents) {
    const kept: DocumentEvent[] = []
    const decide = (): 'kept' | 'dropped' => {
      const head = Buffer.concat(held.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : [])))
      const decided = wanted(head) ? 'kept' : 'dropped'
      if (decided === 'kept') kept.push(...held)
      held = []
      return decided
    }
    for (const event of events) {
      if (event.kind === 'start') {
        state = 'open'
        held = [event]
        heldBytes = 0
      } else if (state === 'open' && event.kind === 'bytes') {
        // The memory of a piece is used again before the document is decided.
        held.push({ kind: 'bytes', bytes: event.bytes.slice() })
        heldBytes += event.bytes.length
        if (heldBytes >= headByteLength) state = decide()
      } else {
        if (state === 'open') state = decide()
        if (state === 'kept') kept.push(event)
      }
    }
    yield kept
  }
}
