import fs from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  type Data,
} from 'apache-arrow'
import { ipcShapeOf } from '../src/arrow/ipc-shape.ts'
import { IpcWriter } from '../src/arrow/ipc-writer.ts'
import { folderStorage, type PartBatch } from '../src/index.ts'
import { batchBytes } from '../src/part/batch-bytes.ts'
import { layout } from './workload.ts'

/** Writes `batches` copies of a batch to a file of the folder and waits for the disk; returns the bytes written. */
export type Write = (folder: string, batch: PartBatch, batches: number) => Promise<number>

/** Writes the bytes with nothing but the system call. */
export const writeRaw: Write = async (folder, batch, batches) => {
  const buffers = batchBytes(layout, batch, 0).map(({ data }) => data)
  const fd = fs.openSync(`${folder}/raw.bin`, 'wx')
  let byteLength = 0
  for (let index = 0; index < batches; index++) byteLength += fs.writevSync(fd, buffers)
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  return byteLength
}

/** The part writer, published; the event loop turns between batches, as it does where they are computed. */
export const writeParts =
  (hash: boolean): Write =>
  async (folder, batch, batches) => {
    const staged = await folderStorage(folder).stage('part')
    const writer = new IpcWriter(staged, ipcShapeOf(layout), { hash })
    for (let index = 0; index < batches; index++) {
      await writer.writeBatch(batch.rows, batchBytes(layout, batch, index * batch.rows))
      await setImmediate()
    }
    await writer.end()
    const { byteLength } = staged
    await staged.publish('part.arrow')
    return byteLength
  }

/** What most programs do: a table in memory, its bytes in memory, and these to a file. */
export const writeTable: Write = async (folder, { rows, inputIds, inputsEmbeds }, batches) => {
  const list = (child: Data, length: number): Data =>
    makeData({
      type: new FixedSizeList(length, new Field('item', child.type, false)),
      length: child.length / length,
      nullCount: 0,
      child,
    })
  const values = makeData({
    type: new Float32(),
    length: inputsEmbeds!.length,
    nullCount: 0,
    data: inputsEmbeds as Float32Array,
  })
  const ids = makeData({
    type: new Int32(),
    length: inputIds.length,
    nullCount: 0,
    data: inputIds as Int32Array,
  })
  const children = [
    list(ids, layout.maxLength),
    list(ids, layout.maxLength),
    list(list(values, layout.dim), layout.maxLength),
  ]
  const schema = new Schema(
    ['input_ids', 'target_ids', 'inputs_embeds'].map(
      (name, index) => new Field(name, children[index]!.type, false),
    ),
  )
  const one = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }),
  )
  const bytes = tableToIPC(
    new Table(
      schema,
      Array.from({ length: batches }, () => one),
    ),
    'file',
  )
  const fd = fs.openSync(`${folder}/table.arrow`, 'wx')
  for (let at = 0; at < bytes.byteLength;) at += fs.writeSync(fd, bytes, at)
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  return bytes.byteLength
}
