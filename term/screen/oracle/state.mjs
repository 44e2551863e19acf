// The state of an xterm.js terminal, as the JSON of screen.AppendJSON and as a
// longer text with what that leaves out.

const color = (mode, value) => {
  switch (mode) {
    case 0: return 'd';
    case 0x3000000: return '#' + value.toString(16).padStart(6, '0');
    default: return 'p' + value;
  }
};

const attributes = (cell) =>
  (cell.isBold() ? 'B' : '') + (cell.isDim() ? 'D' : '') + (cell.isItalic() ? 'I' : '') +
  (cell.isUnderline() ? 'U' : '') + (cell.isBlink() ? 'K' : '') + (cell.isInverse() ? 'V' : '') +
  (cell.isInvisible() ? 'H' : '') + (cell.isStrikethrough() ? 'S' : '');

const cellOf = (line, x, scratch) => {
  const cell = line.getCell(x, scratch);
  const width = cell.getWidth();
  const text = cell.getChars() || (width ? ' ' : '');
  return [text, width, color(cell.getFgColorMode(), cell.getFgColor()),
    color(cell.getBgColorMode(), cell.getBgColor()), attributes(cell)];
};

/** jsonOf returns the object that screen.AppendJSON prints. */
export function jsonOf(term, offset, title) {
  const core = term._core;
  const buffer = term.buffer.active;
  const lines = [];
  for (let y = 0; y < term.rows; y++) {
    const line = buffer.getLine(buffer.baseY + y);
    const cells = [];
    let scratch;
    for (let x = 0; x < term.cols; x++) cells.push(cellOf(line, x, scratch));
    lines.push(cells);
  }
  const alt = buffer.type === 'alternate';
  return {
    offset,
    cols: term.cols,
    rows: term.rows,
    cursor: {
      x: Math.min(buffer.cursorX, term.cols - 1),
      y: buffer.cursorY,
      visible: !core.coreService.isCursorHidden,
      shape: core.coreService.decPrivateModes.cursorStyle ?? term.options.cursorStyle,
      wrap: buffer.cursorX >= term.cols,
    },
    alt,
    title,
    modes: term.modes,
    lines,
    scrollback: alt ? 0 : buffer.baseY,
  };
}

const hex = (n) => (n >>> 0).toString(16);

// One line: its wrap, its length and its cells, runs of the same style together.
function deepLine(core, line, cols) {
  let out = line.isWrapped ? 'w' : '-';
  let last = '';
  for (let x = 0; x < cols; x++) {
    const content = line._data[3 * x];
    const width = content >> 22;
    const fg = normal(line._data[3 * x + 1]);
    const bg = normal(line._data[3 * x + 2]);
    let ext = '';
    if (bg & 0x10000000) {
      const e = line._extendedAttrs[x];
      const link = e?.urlId ? core._oscLinkService.known.get(e.urlId) : undefined;
      ext = `${hex(normal(e?._ext ?? 0))}${e?.urlId ? '!' + (link?.uri ?? '?') : ''}`;
    }
    const style = `{${hex(fg)},${hex(bg)},${ext}}`;
    if (style !== last) out += style;
    last = style;
    const text = line.getString(x);
    out += text === '' ? (width === 0 ? '\u0001' : '\u0000') : text;
    if (width === 2) out += '\u0002';
    if (width === 0 && text !== '') out += '\u0003';
  }
  return out;
}

// xterm.js leaves bits of an older colour behind in a palette colour.
function normal(v) {
  const mode = v & 0x3000000;
  if (mode === 0) return v & ~0xffffff;
  if (mode === 0x3000000) return v;
  return v & ~0xffff00;
}

const savedName = (sets, set) => {
  for (const k of sets.keys()) if (sets.get(k) === set) return k;
  return set ? '?' : 'B';
};

/** deepOf returns everything as lines of text. */
export function deepOf(term, title, sets, full) {
  const core = term._core;
  const out = [];
  const service = core._bufferService;
  const { normal: main, alt, active } = service.buffers;
  const m = core.coreService;
  const dm = m.decPrivateModes;
  out.push(`size ${term.cols} ${term.rows} ${active === alt ? 'alt' : 'normal'} title ${JSON.stringify(title)}`);
  out.push('modes ' + [dm.applicationCursorKeys, dm.applicationKeypad, dm.bracketedPasteMode,
    m.modes.insertMode, core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding,
    dm.origin, dm.reverseWraparound, dm.sendFocus, dm.synchronizedOutput, dm.wraparound,
    core.optionsService.rawOptions.convertEol, core.optionsService.rawOptions.cursorBlink,
    m.isCursorHidden, dm.cursorStyle ?? 'none', !!dm.cursorBlink].join(' '));
  const input = core._inputHandler;
  const pen = input._curAttrData;
  const penLink = pen.extended.urlId ? core._oscLinkService.known.get(pen.extended.urlId)?.uri ?? '?' : '';
  out.push(`pen ${hex(normal(pen.fg))} ${hex(normal(pen.bg))} ${hex(normal(pen.extended._ext))} ${penLink}`);
  const cs = core._charsetService;
  out.push(`charsets ${[0, 1, 2, 3].map((i) => savedName(sets, cs._charsets[i])).join('')} ${cs.glevel} ${savedName(sets, cs.charset)}`);
  out.push(`join ${(input._parser.precedingJoinState >> 1) & 3}`);
  out.push(`stacks ${JSON.stringify(input._windowTitleStack)} ${JSON.stringify(input._iconNameStack)} ${JSON.stringify(input._iconName)}`);
  for (const b of [main, alt]) {
    if (b === alt && active !== alt) {
      out.push(`saved ${b.savedX} ${b.savedY} ${hex(normal(b.savedCurAttrData.fg))} ${hex(normal(b.savedCurAttrData.bg))} ${savedName(sets, b.savedCharset)}`);
      continue;
    }
    const tabs = [];
    for (let i = 0; i < term.cols; i++) if (b.tabs[i]) tabs.push(i);
    out.push(`buffer ${full ? `base ${b.ybase} lines ${b.lines.length} ` : ''}margins ${b.scrollTop} ${b.scrollBottom} tabs ${tabs.join(',')}`);
    out.push(`cursor ${b.x} ${b.y}`);
    out.push(`saved ${b.savedX} ${full ? b.savedY : Math.max(0, b.savedY - b.ybase)} ${hex(normal(b.savedCurAttrData.fg))} ${hex(normal(b.savedCurAttrData.bg))} ${savedName(sets, b.savedCharset)}`);
    for (let i = full ? 0 : b.ybase; i < b.lines.length; i++) {
      const line = b.lines.get(i);
      out.push(`${i - b.ybase} ${deepLine(core, line, full ? line.length : term.cols)}`);
    }
  }
  return out.join('\n') + '\n';
}
