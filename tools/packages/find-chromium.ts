/** A process of its own that installs Chromium where it must and can, and prints how it is started. */
import { findChromium } from './chromium.ts'

console.log(findChromium() ?? '')
