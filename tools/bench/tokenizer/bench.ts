export { run } from '../../../packages/tokenizer/bench/bench.ts'
