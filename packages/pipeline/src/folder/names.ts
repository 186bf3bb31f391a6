import {
  documentsFolder,
  listsFolder,
  partsFolder,
  receiptsFolder,
  tablesFolder,
  temporaryFolder,
} from '@sluice/dataset'

/** Folders that a run makes in its own. `spool`, `tokens` and the attempts go when the manifest is there. */
export const runNames = {
  spool: 'spool',
  tokens: 'tokens',
  parts: partsFolder,
  receipts: receiptsFolder,
  documents: documentsFolder,
  tables: tablesFolder,
  tokenizer: 'tokenizer',
  lists: listsFolder,
  attempts: temporaryFolder,
} as const
