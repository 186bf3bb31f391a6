export { countWindows, cutWindows, tokenRangeOfWindows } from './windows.ts'
export type { WindowShape } from './windows.ts'
