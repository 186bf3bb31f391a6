import { fileURLToPath } from 'node:url'

/** The folder of the checkout that this runs from. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url))
