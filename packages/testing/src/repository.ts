import { fileURLToPath } from 'node:url'

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** The path of the text that examples and tests use: "The Verdict" by Edith Wharton, 20,479 characters. */
export const theVerdict = fileURLToPath(new URL('../../../examples/the-verdict.txt', import.meta.url))
