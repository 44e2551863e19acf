/** Bytes from here on begin a character; this one those below U+00C0, of which none is a mark. */
const C1 = 0xc2;
/** Characters without a width that one with a width may carry, as in the session's own screen. */
const MAX_MARKS = 63;

/** Keeps the marks on one character so few that they can be drawn. */
export class Marks {
  /** Characters without a width since the last with one. */
  private count = 0;

  /** Given the width of a character in cells. */
  constructor(private readonly widthOf: (codePoint: number) => number) {}

  reset(): void {
    this.count = 0;
  }

  /** The same bytes but for marks that are too many for their character. */
  bound(bytes: Uint8Array): Uint8Array {
    let kept: Uint8Array | undefined;
    let end = 0; // of what is kept
    let i = 0;
    const keep = (from: number): void => {
      kept?.copyWithin(end, from, i);
      end += i - from;
    };
    while (i < bytes.length) {
      const from = i;
      while (i < bytes.length && (bytes[i] as number) < 0x7f) {
        i++;
      }
      if (i > from) {
        this.count = 0;
        keep(from);
        continue;
      }
      const first = bytes[i] as number;
      const length = lengthOf(first);
      do {
        i++;
      } while (i - from < length && ((bytes[i] ?? 0) & 0xc0) === 0x80);
      if (first > C1) {
        const mark = this.widthOf(codePoint(bytes, from, i - from)) === 0;
        this.count = mark ? this.count + 1 : 0;
      } else if (first === C1 && (bytes[from + 1] ?? 0) >= 0xa0) {
        this.count = 0;
      }
      if (first > C1 && this.count > MAX_MARKS) {
        kept ??= bytes.slice();
      } else {
        keep(from);
      }
    }
    return kept?.subarray(0, end) ?? bytes;
  }
}

/** Bytes of the UTF-8 character that begins with this one, or 1 where none does. */
function lengthOf(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= C1 ? 2 : 1;
}

/** The character at i, of that many bytes; some other one where it is cut short. */
function codePoint(bytes: Uint8Array, i: number, length: number): number {
  let code = (bytes[i] as number) & (0x7f >> length);
  for (let k = 1; k < length; k++) {
    code = (code << 6) | ((bytes[i + k] ?? 0) & 0x3f);
  }
  return code;
}
