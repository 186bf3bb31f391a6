import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import {
  type EncoderOptions,
  type EncodingName,
  type ResolvedTokenizer,
  resolveTokenizer,
} from '../../src/index.ts'

/** A tokenizer to compare: a built-in name, or a file. */
export function openTarget(target: string, options: EncoderOptions): Promise<ResolvedTokenizer> {
  return resolveTokenizer(
    /\.(json|model)$/.test(target)
      ? { file: { name: basename(target), bytes: readFileSync(target) } }
      : { name: target as EncodingName },
    options,
  )
}
