import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where engine and images stay with `--keep`, from one time to the next. */
export const keptFolder = join(tmpdir(), 'sluice-containers')
