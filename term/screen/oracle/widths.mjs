// Prints the width of every code point as @xterm/addon-unicode11 has it, one
// digit each, runs as "hexstart-hexend width" lines.
import { load } from './modules.mjs';

const { Unicode11Addon } = await load('@xterm/addon-unicode11');
let provider;
new Unicode11Addon().activate({ unicode: { register: (p) => { provider = p; } } });

let start = 0;
let width = provider.wcwidth(0);
for (let cp = 1; cp <= 0x110000; cp++) {
  const w = cp === 0x110000 ? -1 : provider.wcwidth(cp);
  if (w !== width) {
    console.log(`${start.toString(16)}-${(cp - 1).toString(16)} ${width}`);
    start = cp;
    width = w;
  }
}
