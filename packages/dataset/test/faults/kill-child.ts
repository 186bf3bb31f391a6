/** `kill-child.ts FOLDER PARTS before|after CALL`: publishes a dataset and kills itself at one file system call. */
import { countingFileSystem } from './counting-file-system.ts'
import { publishRun } from './publish-run.ts'

const [folder = '', parts, moment, at] = process.argv.slice(2)
const dieAt = (call: number): void => {
  if (call === Number(at)) process.kill(process.pid, 'SIGKILL')
}
const nothing = (): void => undefined
const fileSystem = moment === 'before' ? countingFileSystem(dieAt) : countingFileSystem(nothing, dieAt)
await publishRun(folder, fileSystem, Number(parts))
