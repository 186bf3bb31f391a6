/** Names inside a dataset: the one place where its files are named. */

export const manifestName = 'manifest.json'

/** The manifest without its parts, published first: with the receipts it is enough to rebuild the manifest. */
export const headerName = 'header.json'

/** The plan, which the pipeline publishes before anything else. */
export const planName = 'plan.json'

/** Parts and nothing else, so that readers take the folder whole. */
export const partsFolder = 'parts'

/** The receipts of parts. Versions before 2 kept them beside the parts. */
export const receiptsFolder = 'receipts'

/** Embedding tables and their graph. */
export const tablesFolder = 'tables'

/** The receipt of the tables, which the pipeline publishes beside them. */
export const tablesReceiptName = `${tablesFolder}/tables.json`

/** The table of documents, where they carry values along. */
export const documentsFolder = 'documents'

/** The name of a file of the document table: its place and its content. */
export function documentsName(index: number, sha256: string): string {
  return `${documentsFolder}/${padded(index)}-${sha256.slice(0, 16)}.arrow`
}

/** Lists that are too long for a JSON file: of the sources of a plan and manifest, and of the parts of a manifest. */
export const listsFolder = 'lists'

/** The name of a file of a list: its place and its content. */
export function listFileName(list: string, index: number, sha256: string): string {
  return `${listsFolder}/${list}-${padded(index)}-${sha256.slice(0, 16)}.arrow`
}

/** `parts/00007`: how the name of part 7 starts. */
export function partStem(index: number): string {
  return `${partsFolder}/${padded(index)}`
}

/** The name of a part: its place and its content, so that equal names mean equal bytes. */
export function partName(index: number, sha256: string): string {
  return `${partStem(index)}-${sha256.slice(0, 16)}.arrow`
}

/** The name of a part's receipt in a dataset of a version of the format. */
export function receiptName(index: number, version: 1 | 2 | 3 | 5 = 2): string {
  return `${version === 1 ? partsFolder : receiptsFolder}/${padded(index)}.json`
}

function padded(index: number): string {
  return String(index).padStart(5, '0')
}
