import { join } from 'node:path'
import { describeStorage, MemoryBucket, memoryStorage, temporaryFolder } from '@sluice/testing'
import { folderStorage } from '../../src/index.ts'

describeStorage('a folder', () => folderStorage(join(temporaryFolder(), 'made by the first write')))
describeStorage('memory', () => memoryStorage(new MemoryBucket(), () => Promise.resolve()))
