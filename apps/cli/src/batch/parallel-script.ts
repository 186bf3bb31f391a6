import type { BatchRun } from './batch-run.ts'
import { shellQuote } from './shell-quote.ts'

/** All shards on this machine, by GNU parallel, or by xargs where that is not there. */
export function parallelScript({ out, workingFolder, planId, shards }: BatchRun): string {
  const { tokens, parts } = shards
  return `#!/bin/bash
# Does run ${planId.slice(0, 12)} with GNU parallel, or with xargs: bash THIS-FILE
# JOBS=8 sets how many processes there are at a time. After a stop or a failure the same command goes on.
set -euo pipefail

cd ${shellQuote(workingFolder)}
dir=${shellQuote(out)}
export SLUICE=\${SLUICE:-sluice} dir
# macOS has no nproc.
jobs=\${JOBS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}

stage() { # STAGE COUNT
  export stage=$1 count=$2
  # The shell that is started for a shard becomes sluice: signals reach it.
  local work='exec $SLUICE work "$dir" --stage "$stage" --shard "$0/$count" --threads 1 --quiet'
  if [[ $(parallel --version 2>/dev/null) == 'GNU parallel'* ]]; then
    # The one layer that tries again. A shard whose input changed ends at once with exit code 2 each time.
    seq 0 $(($2 - 1)) | parallel --will-cite --jobs "$jobs" --retries 3 --halt soon,fail=1 --termseq TERM,30000,KILL "bash -c $(printf %q "$work") {}"
  else
    seq 0 $(($2 - 1)) | xargs -P "$jobs" -n 1 bash -c "$work"
  fi
}

stage tokens ${tokens}
stage parts ${parts}
exec $SLUICE commit "$dir"
`
}
