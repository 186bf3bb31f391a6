import { TokenizerError } from '@sluice/tokenizer'
import { RunError } from '../errors.ts'

/** Says of a text that cannot be tokenized where it is. */
export function* namingUnbroken(
  { name }: { readonly name: string },
  position: number,
  ids: Iterable<Uint32Array>,
): Generator<Uint32Array> {
  try {
    yield* ids
  } catch (error) {
    if (!(error instanceof TokenizerError) || error.code !== 'unbroken-text') throw error
    const message = [`${name}: in the document at ${position}, `, ...error.sentence]
    throw new RunError('unbroken-text', message, { cause: error })
  }
}
