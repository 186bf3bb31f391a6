import type { RunConfig } from '../plan/run-config.ts'
import type { RunScope } from '../sources/run-scope.ts'
import { openDocumentMaker } from './document-maker.ts'
import { makeDocumentPart } from './document-part.ts'
import { embedPart } from './embed-part.ts'
import type { PartMakerOptions, PartsMaker } from './part-kind.ts'
import { openPartMaker } from './part-maker.ts'

type OpenParts = (
  scope: Pick<RunScope, 'plan' | 'storage' | 'sources'>,
  options: PartMakerOptions,
) => Promise<PartsMaker>

/** Who makes the parts of each kind of rows. */
const makers: Readonly<Record<RunConfig['per'], OpenParts>> = {
  async window(scope, options) {
    const thread = await openPartMaker(scope, options)
    return {
      provider: thread.vectors?.provider,
      make: (task, context) => embedPart(task, { ...context, thread }),
      close: () => thread.close(),
    }
  },
  async document(scope, options) {
    const thread = await openDocumentMaker(scope, options)
    return {
      provider: thread.vectors?.provider,
      make: (task, context) => makeDocumentPart(task, { ...context, thread }),
      close: () => thread.close(),
    }
  },
}

/** Opens what makes the parts of a run. */
export const openParts: OpenParts = (scope, options) => makers[scope.plan.config.per](scope, options)
