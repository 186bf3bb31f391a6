import { cp, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../engine/command.ts'
import { repositoryRoot } from '@sluice/testing'

/** Clones this checkout, with its changes that are not committed yet as a commit of the clone. */
export async function cloneProject(folder: string): Promise<void> {
  await run(['git', 'clone', '--quiet', '--no-hardlinks', repositoryRoot, folder])
  const list = (...which: readonly string[]): Promise<string> =>
    run(['git', 'ls-files', '-z', ...which], { cwd: repositoryRoot })
  const gone = new Set(names(await list('--deleted')))
  const changed = names(await list('--modified', '--others', '--exclude-standard')).filter(
    (name) => !gone.has(name),
  )
  for (const name of gone) await rm(join(folder, name), { force: true })
  for (const name of changed) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await cp(join(repositoryRoot, name), join(folder, name))
  }
  if (gone.size + changed.length === 0) return
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
  await run(['git', 'add', '--all'], { cwd: folder })
  await run(['git', ...author, 'commit', '--quiet', '--message', 'Not committed yet'], { cwd: folder })
}

function names(list: string): string[] {
  return list.split('\0').filter((name) => name !== '')
}
