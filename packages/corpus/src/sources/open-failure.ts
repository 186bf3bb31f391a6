import { ConfinedFileError } from '@sluice/confined-file'
import { CorpusError } from '../errors.ts'

/** An error for a folder where a file is needed. */
export function folderGiven(path: string): CorpusError {
  return new CorpusError('is-a-folder', 'is a folder where a file is needed; list it as a corpus instead', {
    source: path,
  })
}

/** An error that says what stood in the way of opening a file or folder. */
export function openFailure(path: string, cause: unknown): CorpusError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EISDIR') return folderGiven(path)
  if (cause instanceof ConfinedFileError) {
    const message =
      cause.code === 'not-a-file' ? 'is a folder, device or named pipe' : 'leads out of what may be read'
    return new CorpusError('outside', message, { source: path, cause })
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new CorpusError('not-found', 'no such file; check the path', { source: path, cause })
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    const message = 'too many files are open; raise the limit (ulimit -n) or use fewer threads'
    return new CorpusError('not-readable', message, { source: path, cause })
  }
  if (code === 'ENAMETOOLONG' || code === 'ELOOP' || code === 'ERR_INVALID_ARG_VALUE') {
    return new CorpusError('not-found', 'is no path that a file can have; check it', { source: path, cause })
  }
  const why =
    code === 'EACCES' || code === 'EPERM' ? 'permission denied; check who may read it' : String(cause)
  return new CorpusError('not-readable', why, { source: path, cause })
}
