import type { BatchRun } from './batch-run.ts'
import { awsScript } from './aws-script.ts'
import { kubernetesJobs } from './kubernetes-jobs.ts'
import { parallelScript } from './parallel-script.ts'
import { slurmScript } from './slurm-script.ts'

/** A batch engine, by the name that `--emit` takes: what it is told is printed, and nobody is asked. */
export const batchEngines: Readonly<Record<string, (run: BatchRun) => string>> = {
  slurm: slurmScript,
  k8s: kubernetesJobs,
  aws: awsScript,
  parallel: parallelScript,
}
