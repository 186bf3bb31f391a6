export { ConfinedFileError, type ConfinedFileErrorCode } from './errors.ts'
export { isPlainRelativePath } from './plain-path.ts'
export { openConfinedFile, type ConfinedFileOptions } from './open-confined-file.ts'
export { ConfinedFolder } from './confined-folder.ts'
