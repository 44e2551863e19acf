/**
 * Text from a clipboard, made fit to be typed: without control characters but
 * tab and line ends. That takes away ESC, and with it a bracketed paste's end
 * mark, which would let the rest of the text act as keys.
 */
export function cleanPaste(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "");
}
