import type { IDisposable, IParser } from "@xterm/xterm";

const swallow = (): boolean => true;

/**
 * Takes every query of a program away from the terminal: the session answers
 * them, once, whether or not somebody watches. Sequences that set something
 * pass. OSC 52, by which output would write the clipboard, is ignored.
 */
export function swallowQueries(parser: IParser): IDisposable[] {
  const csi = [
    { final: "c" }, // DA1
    { prefix: ">", final: "c" }, // DA2
    { prefix: "=", final: "c" }, // DA3
    { final: "n" }, // DSR, CPR
    { prefix: "?", final: "n" }, // DECXCPR and other private reports
    { intermediates: "$", final: "p" }, // DECRQM
    { prefix: "?", intermediates: "$", final: "p" }, // DECRQM, private
    { prefix: "?", final: "u" }, // kitty keyboard flags
    { prefix: ">", final: "q" }, // XTVERSION
    { final: "x" }, // DECREQTPARM
    { prefix: "?", final: "S" }, // graphics attributes
  ];
  return [
    ...csi.map((id) => parser.registerCsiHandler(id, swallow)),
    // Window reports and changes of the window; 22 and 23 keep and restore titles.
    parser.registerCsiHandler({ final: "t" }, ([what]) => what !== 22 && what !== 23),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, swallow), // DECRQSS
    parser.registerDcsHandler({ intermediates: "+", final: "q" }, swallow), // XTGETTCAP
    parser.registerOscHandler(52, swallow),
    // OSC 4 carries pairs of index and colour, 10 to 12 a list of colours; a
    // message with a question in it is not one that a program also sets with.
    ...[4, 10, 11, 12].map((n) => parser.registerOscHandler(n, asksColour)),
  ];
}

function asksColour(data: string): boolean {
  return data.split(";").includes("?");
}
