// Runs streams through @xterm/headless with the widths of Unicode 11 and prints
// what it has on its screen.
//
// Standard input holds one job a line:
//
//	{"cols","rows","scrollback","steps":[step...]}
//
// A step is one of
//
//	["w", base64]         write these bytes
//	["r", cols, rows]     resize
//	["reset"]             reset, as a viewer does that keeps its terminal
//	["json", offset]      print the state as screen.AppendJSON does
//	["deep", full]        print the state with all that is behind it, as a string
//	["speed", base64, n]  write these bytes again and again, n at a time, and
//	                      print the speed in MB/s
//	["replies"]           print and forget what the terminal answered
//
// and each printing step gives one line of JSON. A step that throws in xterm.js
// prints {"error": ...}; the job ends there.
import { createInterface } from 'node:readline';
import { load } from './modules.mjs';
import { deepOf, jsonOf } from './state.mjs';

const { Terminal } = await load('@xterm/headless');
const { Unicode11Addon } = await load('@xterm/addon-unicode11');

const open = (cols, rows, scrollback) => {
  const term = new Terminal({
    cols, rows, scrollback, allowProposedApi: true, logLevel: 'off',
    windowOptions: { pushTitle: true, popTitle: true, getWinSizeChars: true },
  });
  term.loadAddon(new Unicode11Addon());
  term.unicode.activeVersion = '11';
  const state = { term, title: '', replies: '' };
  // xterm.js forgets a link when its line is erased, even if cells have moved.
  const links = term._core._oscLinkService;
  const register = links.registerLink.bind(links);
  links.known = new Map();
  links.registerLink = (data) => {
    const id = register(data);
    links.known.set(id, data);
    return id;
  };
  term.onTitleChange((title) => { state.title = title; });
  term.onData((data) => { state.replies += data; });
  return state;
};

// The charsets, found by asking xterm.js for each one.
const findSets = () => {
  const { term } = open(80, 24, 0);
  const sets = new Map();
  for (const name of '0A4C5RQKYE6ZH7=') {
    term._core._inputHandler.selectCharset('(' + name);
    sets.set(name, term._core._charsetService._charsets[0]);
  }
  return sets;
};
const sets = findSets();

const print = (value) => process.stdout.write(JSON.stringify(value) + '\n');

// A resize can leave xterm.js with fewer lines than it needs; what it does then
// is no example.
const resize = (term, cols, rows) => {
  term.resize(cols, rows);
  const { normal, active } = term._core._bufferService.buffers;
  for (const b of [normal, active]) {
    if (b.lines.length < b.ybase + rows) throw new Error('fewer lines than rows');
  }
};

// speed returns MB/s over a fifth of a second.
const speed = (term, data, size) => {
  const begin = performance.now();
  let bytes = 0;
  while (performance.now() - begin < 200) {
    for (let i = 0; i < data.length; i += size) {
      term._core._inputHandler.parse(data.subarray(i, i + size));
    }
    bytes += data.length;
  }
  return bytes / 1000 / (performance.now() - begin);
};

const run = (job) => {
  const state = open(job.cols, job.rows, job.scrollback);
  for (const [kind, a, b] of job.steps) {
    try {
      switch (kind) {
        case 'w': state.term._core._inputHandler.parse(Buffer.from(a, 'base64')); break;
        case 'r': resize(state.term, a, b); break;
        case 'reset': state.term.reset(); break;
        case 'speed': print(speed(state.term, Buffer.from(a, 'base64'), b)); break;
        case 'json': print(jsonOf(state.term, a, state.title)); break;
        case 'deep': print(deepOf(state.term, state.title, sets, a)); break;
        case 'replies': print(state.replies); state.replies = ''; break;
      }
    } catch (e) {
      print({ error: String(e) });
      return;
    }
  }
};

for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  run(JSON.parse(text));
  print('end');
}
