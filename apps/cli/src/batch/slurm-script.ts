import type { BatchRun } from './batch-run.ts'
import { shellQuote } from './shell-quote.ts'

/**
 * Two arrays and the commit, each waiting for the one before. `SLURM_ARRAY_TASK_COUNT` is not read, so an array may be submitted
 * again sparsely.
 */
export function slurmScript({ out, workingFolder, planId, shards }: BatchRun): string {
  const { tokens, parts } = shards
  return `#!/bin/bash
# Submits run ${planId.slice(0, 12)} to Slurm: bash THIS-FILE [options of sbatch, such as --partition=cpu --time=4:00:00]
# A job takes as many threads as it is given processors: one, or those of --cpus-per-task=4. What it says lies in slurm-*.out here;
# --output=logs/%x-%A-%a.out puts it elsewhere.
#
# What failed or was killed is found by its receipts: \`sluice commit ${shellQuote(out)} --shards ${tokens}\` names it, and
#   TOKENS=3,17 bash THIS-FILE            submits these shards again, and what comes after them
#   TOKENS= PARTS=5 bash THIS-FILE        leaves a stage out
# An exit code of 2 means that another attempt would end in the same way.
set -euo pipefail

cd ${shellQuote(workingFolder)}
dir=${shellQuote(out)}
sluice=\${SLUICE:-sluice}
options=("$@")

# Before bash 4.4 an empty array is one that is not set.
submit() { # NAME, job id to wait for, options; the job's script comes from standard input
  local after=()
  if [ -n "$2" ]; then after=(--dependency="afterok:$2" --kill-on-invalid-dep=yes); fi
  sbatch --parsable --job-name="sluice-$1-${planId.slice(0, 8)}" \${after[@]+"\${after[@]}"} \${options[@]+"\${options[@]}"} "\${@:3}" | cut -d ';' -f 1
}

job=
array=\${TOKENS-0-${tokens - 1}}
if [ -n "$array" ]; then
  job=$(submit tokens "" --array="$array" <<END
#!/bin/bash
exec $sluice work $(printf %q "$dir") --stage tokens --shard env/${tokens} --threads "\\\${SLURM_CPUS_PER_TASK:-1}"
END
)
  echo "tokens: job $job, $array"
fi
array=\${PARTS-0-${parts - 1}}
if [ -n "$array" ]; then
  job=$(submit parts "$job" --array="$array" <<END
#!/bin/bash
exec $sluice work $(printf %q "$dir") --stage parts --shard env/${parts} --threads "\\\${SLURM_CPUS_PER_TASK:-1}"
END
)
  echo "parts: job $job, $array"
fi
job=$(submit commit "$job" <<END
#!/bin/bash
exec $sluice commit $(printf %q "$dir")
END
)
echo "commit: job $job"
`
}
