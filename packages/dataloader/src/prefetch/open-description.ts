import type { SourceDescription } from '../source/description.ts'
import type { WindowSource } from '../source/window-source.ts'

/** Opens in a reading thread what another thread described. Modules are loaded as they are needed: threads start often. */
export async function openDescription(description: SourceDescription): Promise<WindowSource> {
  switch (description.kind) {
    case 'ids': {
      const { IdsSource } = await import('../source/ids-source.ts')
      return new IdsSource(description.ids, description.shape)
    }
    case 'folder': {
      const { kind: _kind, folder, planId, settings, ...access } = description
      const { openDataset } = await import('@sluice/dataset')
      const { openFolder } = await import('../source/open-folder.ts')
      // The tables of a lazy dataset were verified by the thread that opened it first; it says in which file, where that may change.
      const dataset = await openDataset(folder, { expect: { planId }, verifyTables: false, ...access })
      return openFolder(dataset, settings, false)
    }
    case 'mixture': {
      const { MixtureSource } = await import('../source/mixture-source.ts')
      return new MixtureSource(await Promise.all(description.sources.map(openDescription)))
    }
  }
}
