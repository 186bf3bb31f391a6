import { spawnSync } from 'node:child_process'
import { installDebianPackages } from '../install-debian-packages.ts'
import { SlurmCluster } from './slurm-cluster.ts'

/**
 * Global set-up of the tests that run scripts of batch engines: CI gets Slurm and GNU parallel, where that needs nobody's leave.
 * On a user's machine what is not there is left out, with a line.
 */
export default function ensureBatchEngines(): void {
  if (process.env['CI'] !== 'true') return
  const hasParallel = spawnSync('parallel', ['--version'], { stdio: 'ignore' }).status === 0
  if (hasParallel && SlurmCluster.missing === undefined) return
  installDebianPackages('parallel', 'slurmctld', 'slurmd', 'slurm-client', 'munge')
}
