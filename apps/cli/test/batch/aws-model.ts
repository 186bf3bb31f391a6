import { createRequire } from 'node:module'

/**
 * The model of AWS Batch, as its client has it at run time. Its modules for bundlers, which Vitest would take, name no file extensions:
 * Node reads those that are required.
 */
export const awsModel = createRequire(import.meta.url)(
  '@aws-sdk/client-batch',
) as typeof import('@aws-sdk/client-batch')
