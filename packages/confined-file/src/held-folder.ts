import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ConfinedFileError } from './errors.ts'
import { folderOnly, namesWhatIsOpen, noFollow, pathOfDescriptor, pathOnly } from './opened-path.ts'
import { stepsOf } from './plain-path.ts'

/**
 * A folder that the calling thread holds open while it does something in it: the twin of {@link ConfinedFolder} for code that
 * cannot wait. What its paths name is an entry of this very folder, whatever its own path leads to by now.
 */
export class HeldFolder implements Disposable {
  /** Undefined where the system does not name what is open. */
  readonly #descriptor: number | undefined
  readonly #path: string

  private constructor(descriptor: number | undefined, path: string) {
    this.#descriptor = descriptor
    this.#path = path
  }

  /**
   * Opens a folder below a trusted one, whose own path may be a link; no link below it is followed.
   *
   * @param root trusted path
   * @param below names with `/` between them; the root itself if it is left out
   * @throws ConfinedFileError `invalid-name`, `not-a-folder` for a link or a file; errors of the system, such as `ENOENT`
   */
  static open(root: string, below = ''): HeldFolder {
    const steps = below === '' ? [] : stepsOf(below)
    if (!namesWhatIsOpen) return HeldFolder.#check(root, steps, below)
    let held = new HeldFolder(openSync(root, pathOnly | folderOnly), root)
    for (const step of steps) {
      using outer = held
      held = outer.#enter(step, below)
    }
    return held
  }

  /** Where a swap at this very moment is not noticed: each folder is looked at, and its path used. */
  static #check(root: string, steps: readonly string[], below: string): HeldFolder {
    let path = root
    for (const step of steps) {
      path = join(path, step)
      if (!lstatSync(path).isDirectory()) throw notAFolder(below)
    }
    return new HeldFolder(undefined, path)
  }

  /** A path of the folder itself. Valid while it is held. */
  get self(): string {
    return this.#descriptor === undefined ? this.#path : `${pathOfDescriptor(this.#descriptor)}/.`
  }

  /**
   * A path of an entry for functions of `node:fs` that do not follow a link in the last step (`lstat`, `unlink`, `rename`,
   * `link`, `mkdir`, an exclusive `open`). Valid while the folder is held.
   *
   * @throws ConfinedFileError `invalid-name` for anything but a single name
   */
  path(name: string): string {
    const [step, ...more] = stepsOf(name)
    if (step === undefined || more.length > 0)
      throw new ConfinedFileError('invalid-name', name, 'expected a single name')
    return join(this.#descriptor === undefined ? this.#path : pathOfDescriptor(this.#descriptor), step)
  }

  /**
   * Opens a file for reading, and gives its descriptor. A link is not followed, and a device or named pipe is never touched.
   *
   * @throws ConfinedFileError `not-a-file`; errors of the system
   */
  openFile(name: string): number {
    const found = this.#look(name)
    let keep = false
    try {
      if (!fstatSync(found).isFile()) throw notAFile(name)
      if (namesWhatIsOpen) return openSync(pathOfDescriptor(found), constants.O_RDONLY)
      keep = true
      return found
    } finally {
      if (!keep) closeSync(found)
    }
  }

  /** Closes the folder; files opened through it stay open. */
  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
  }

  #look(name: string): number {
    try {
      return openSync(this.path(name), pathOnly | noFollow)
    } catch (error) {
      throw isRefusal(error) ? notAFile(name, error) : error
    }
  }

  #enter(step: string, below: string): HeldFolder {
    try {
      return new HeldFolder(
        openSync(this.path(step), pathOnly | folderOnly | noFollow),
        join(this.#path, step),
      )
    } catch (error) {
      throw isRefusal(error) ? notAFolder(below, error) : error
    }
  }
}

/** How the system refuses a link, or a file for a folder. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTDIR' || error.code === 'ELOOP')
}

function notAFolder(path: string, cause?: unknown): ConfinedFileError {
  return new ConfinedFileError('not-a-folder', path, 'expected a folder, got a file or a link', { cause })
}

function notAFile(name: string, cause?: unknown): ConfinedFileError {
  const message = 'expected a file, got a link, folder, device or named pipe'
  return new ConfinedFileError('not-a-file', name, message, { cause })
}
