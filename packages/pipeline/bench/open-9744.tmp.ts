import { createDataLoader } from '@sluice/dataloader'
import { openDataset } from '@sluice/dataset'
const loader = await createDataLoader(await openDataset("/tmp/sluice-bench-OAV5Wr/large"), { batchSize: 8, shuffle: false })
for await (const batch of loader) { if (batch.inputIds.length !== 512) throw new Error('ids'); break }
await loader.close()