import type { Check } from '../check.ts'
import { alertRules } from './alert-rules.ts'
import { confinement } from './confinement.ts'
import { coordinatorKilled } from './coordinator-killed.ts'
import { diskFull } from './disk-full.ts'
import { downAndUp } from './down-and-up.ts'
import { drain } from './drain.ts'
import { gpuImage } from './gpu-image.ts'
import { image } from './image.ts'
import { layers } from './layers.ts'
import { manifests } from './manifests.ts'
import { monitoring } from './monitoring.ts'
import { outOfMemory } from './out-of-memory.ts'
import { readmeLines } from './readme-lines.ts'
import { redisEmptied, redisRestarted } from './redis-faults.ts'
import { scaling } from './scaling.ts'
import { service } from './service.ts'
export { strangers } from './strangers.ts'
import { twoMachines } from './two-machines.ts'
import { workerCutOff, workerPaused } from './silent-worker.ts'

/** Made before the others, one after another: they make the images. */
export const imageChecks: readonly Check[] = [image, layers, gpuImage]

/** Each brings up what it needs, apart from the others: several are made at a time, the longest first. */
export const stackChecks: readonly Check[] = [
  scaling,
  readmeLines,
  service,
  confinement,
  coordinatorKilled,
  redisRestarted,
  redisEmptied,
  workerPaused,
  workerCutOff,
  outOfMemory,
  downAndUp,
  diskFull,
  drain,
  monitoring,
  alertRules,
  manifests,
  twoMachines,
]
