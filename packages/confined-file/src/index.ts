export { ConfinedFileError, type ConfinedFileErrorCode } from './errors.ts'
export { isPlainRelativePath } from './plain-path.ts'
export {
  openConfinedFile,
  openFileWithin,
  openRegularFile,
  type ConfinedFileOptions,
} from './open-confined-file.ts'
export { openFileWithinSync } from './open-file-within-sync.ts'
export { ConfinedFolder } from './confined-folder.ts'
export { HeldFolder } from './held-folder.ts'
