import { resolveTokenizer, type Encoding, type EncodingName, type ResolvedTokenizer } from '@sluice/tokenizer'

/** What this thread made before, as long as somebody uses it or its memory is not wanted for something else. */
const made = new Map<EncodingName, WeakRef<Encoding>>()

/**
 * A tokenizer that is built in. Its tables take a tenth of a second of the processor, longer than a small run: runs that follow each
 * other on a thread, or go on there side by side, have the same one.
 */
export async function builtInTokenizer(name: EncodingName): Promise<ResolvedTokenizer> {
  const kept = made.get(name)?.deref()
  if (kept !== undefined) {
    const description = { kind: 'built-in', name: kept.name, sha256: kept.sha256 } as const
    return { encoding: kept, description, bytes: undefined }
  }
  const resolved = await resolveTokenizer({ name })
  made.set(name, new WeakRef(resolved.encoding))
  return resolved
}
