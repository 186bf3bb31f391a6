import { temporaryFolder } from '@sluice/dataset'

/** Folders that a run makes in its own. `spool`, `tokens` and the attempts go when the manifest is there. */
export const runNames = {
  spool: 'spool',
  tokens: 'tokens',
  parts: 'parts',
  tables: 'tables',
  tokenizer: 'tokenizer',
  attempts: temporaryFolder,
} as const
