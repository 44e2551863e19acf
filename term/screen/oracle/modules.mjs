// Finds xterm.js: in the folder that TAILPTY_TEST_NODE_MODULES names, otherwise
// among the web app's modules.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.env.TAILPTY_TEST_NODE_MODULES
  ? resolve(process.env.TAILPTY_TEST_NODE_MODULES)
  : join(here, '../../../ui/node_modules');
const require = createRequire(join(folder, 'here.js'));

/** load returns the exports of the named package. */
export async function load(name) {
  return require(name);
}
