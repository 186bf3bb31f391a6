import type { DatasetStorage } from '@sluice/dataset'
import { RunError } from '../errors.ts'
import { runNames } from '../folder/names.ts'
import type { PlannedTokenizer } from '../plan/plan.ts'
import type { RunTokenizer } from './run-tokenizer.ts'
import { maxTokenizerBytes } from './tokenizer-path.ts'

/** Returns where the copy of a tokenizer's file lies in a run's folder. */
export function tokenizerFileName({ sha256 }: Pick<PlannedTokenizer, 'sha256'>): string {
  return `${runNames.tokenizer}/${sha256}`
}

/** Copies the file of a run's tokenizer into its folder, so that the dataset explains itself. Does nothing for a built-in one. */
export async function publishTokenizer(
  storage: DatasetStorage,
  { identity, bytes }: RunTokenizer,
): Promise<void> {
  if (bytes === undefined) return
  const name = tokenizerFileName(identity)
  if ((await storage.stat(name)) !== undefined) return
  const staged = await storage.stage(name)
  try {
    await staged.write([bytes])
    await staged.publish(name)
  } finally {
    await staged.discard()
  }
}

/** Reads the copy of a tokenizer's file. */
export async function readTokenizerCopy(
  storage: DatasetStorage,
  identity: Pick<PlannedTokenizer, 'sha256'>,
): Promise<Uint8Array> {
  const handle = await storage.openRead(tokenizerFileName(identity))
  try {
    if (handle.byteLength > maxTokenizerBytes) {
      throw new RunError(
        'broken-state',
        `Expected ${handle.name} in ${storage.location} to have at most ${maxTokenizerBytes} bytes, got ${handle.byteLength}`,
      )
    }
    const bytes = new Uint8Array(handle.byteLength)
    await handle.read(bytes, 0)
    return bytes
  } finally {
    await handle.close()
  }
}
