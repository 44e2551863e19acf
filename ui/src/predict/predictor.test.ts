import { beforeEach, describe, expect, test } from "vitest";
import { editOf } from "./edit.ts";
import { Predictor } from "./predictor.ts";
import { dice, FakeProgram, FakeScreen, type Manner, Simulation } from "./simulation.ts";

describe("a key", () => {
  const width = (code: number): number =>
    code >= 0x1100 ? 2 : code >= 0x300 && code < 0x370 ? 0 : 1;
  test.each([
    ["a", { kind: "insert", char: "a" }],
    [" ", { kind: "insert", char: " " }],
    ["é", { kind: "insert", char: "é" }],
    ["\x7f", { kind: "erase" }],
    ["\x1b[D", { kind: "left" }],
    ["\x1bOC", { kind: "right" }],
    ["漢", undefined],
    ["\u0301", undefined],
    ["👍", undefined],
    ["ab", undefined],
    ["\r", undefined],
    ["\t", undefined],
    ["\x03", undefined],
    ["\x1b", undefined],
    ["\x85", undefined],
    ["\x1b[A", undefined],
    ["\x1b[200~a\x1b[201~", undefined],
    ["", undefined],
  ])("%j", (input, edit) => expect(editOf(input, width)).toEqual(edit));
});

/** A shell's prompt at the other end of a line of 200 ms, of which the test plays each part. */
describe("at a prompt", () => {
  let screen: FakeScreen;
  let predictor: Predictor;
  let full: boolean;
  let busy: boolean;
  let now: number;
  let number: number;

  beforeEach(() => {
    screen = new FakeScreen(20);
    screen.write("$ ");
    full = false;
    busy = false;
    now = 0;
    number = 0;
    predictor = new Predictor({
      row: () => (full ? undefined : screen.row),
      busy: () => busy,
      roundTrip: () => 200,
    });
  });

  function type(...inputs: string[]): void {
    for (const input of inputs) {
      predictor.type(
        ++number,
        editOf(input, () => 1),
        now,
      );
    }
  }

  function echo(output: string): void {
    screen.write(output);
    predictor.look(now);
  }

  function accept(to = number): void {
    predictor.accept(to, now);
  }

  function wait(ms: number): void {
    now += ms;
    predictor.look(now);
  }

  /** Types what is echoed, which shows that the program echoes. */
  function trust(): void {
    type("l", "s");
    accept();
    echo("ls");
  }

  /** The row of the cursor as a person sees it. */
  function seen(): string {
    const cells = [...screen.row.cells];
    for (const { x, char } of predictor.prediction?.cells ?? []) {
      cells[x] = char;
    }
    return cells.join("").trimEnd();
  }

  test("nothing is shown before two different characters were echoed", () => {
    type("l", "s", "x");
    expect(predictor.prediction).toBeUndefined();
    echo("l");
    expect(predictor.prediction).toBeUndefined();
    echo("s");
    expect(seen()).toBe("$ lsx");
    expect(predictor.prediction?.cursor).toEqual({ x: 5, char: " " });
  });

  test("a star that is echoed may be a password's", () => {
    type("*", "*", "a");
    echo("**");
    expect(predictor.prediction).toBeUndefined();
    echo("*");
    wait(2000);
    type("b");
    expect(predictor.prediction).toBeUndefined();
  });

  test("editing that leaves the line as it was is no echo", () => {
    for (const char of "abc") {
      type(char, "\x7f");
      accept();
      wait(300);
    }
    type("d");
    expect(predictor.prediction).toBeUndefined();
  });

  test("what is echoed is no longer predicted", () => {
    trust();
    expect(predictor.prediction).toBeUndefined();
    type("a", "b");
    expect(seen()).toBe("$ lsab");
    echo("a");
    expect(predictor.prediction?.cells).toEqual([{ x: 5, char: "b" }]);
    echo("b");
    expect(predictor.prediction).toBeUndefined();
  });

  test("backspace takes away what was typed, echoed or not", () => {
    trust();
    type("a", "\x7f", "\x7f");
    expect(seen()).toBe("$ l");
    expect(predictor.prediction?.cursor.x).toBe(3);
  });

  test("backspace beyond the line predicts nothing more", () => {
    trust();
    type("\x7f", "\x7f", "\x7f", "a");
    expect(seen()).toBe("$");
    expect(predictor.prediction?.cursor.x).toBe(2);
  });

  test("in the middle what follows moves on", () => {
    trust();
    type("\x1b[D", "a");
    expect(seen()).toBe("$ las");
    expect(predictor.prediction?.cursor).toEqual({ x: 4, char: "s" });
    type("\x1bOC", "b", "\x1b[D", "\x1b[D", "\x7f");
    expect(seen()).toBe("$ lsb");
    expect(predictor.prediction?.cursor.x).toBe(3);
  });

  test("the cursor leaves the line neither way", () => {
    trust();
    type("\x1b[C", "a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("nothing is predicted in the last column", () => {
    trust();
    type(..."0123456789abcdefgh");
    expect(seen()).toBe("$ ls0123456789abcde");
    expect(predictor.prediction?.cursor.x).toBe(19);
  });

  test("what the program shows instead stands, and its line is not trusted", () => {
    trust();
    type("a");
    accept();
    echo("A");
    wait(99);
    expect(predictor.prediction).toBeDefined();
    wait(1);
    expect(predictor.prediction).toBeUndefined();
    type("b");
    expect(predictor.prediction).toBeUndefined();
  });

  test("what is not echoed in time is taken back", () => {
    trust();
    type("a");
    accept();
    wait(99);
    expect(seen()).toBe("$ lsa");
    expect(predictor.due(now)).toBe(100);
    wait(1);
    expect(seen()).toBe("$ ls");
  });

  test("what is not even accepted in time is taken back", () => {
    trust();
    type("a");
    wait(1199);
    expect(seen()).toBe("$ lsa");
    wait(1);
    expect(seen()).toBe("$ ls");
    expect(predictor.due(now)).toBeUndefined();
  });

  test("an echo that comes in parts is one", () => {
    trust();
    type("\x1b[D", "a");
    accept();
    echo("\b");
    echo("a");
    expect(seen()).toBe("$ las");
    echo("s");
    echo("\b");
    expect(predictor.prediction).toBeUndefined();
    type("b");
    expect(seen()).toBe("$ labs");
  });

  test("after Enter a line has to be trusted anew", () => {
    trust();
    type("\r", "a", "b", "c");
    expect(predictor.prediction).toBeUndefined();
    accept(3);
    echo("\r\nPassword: ");
    accept();
    wait(300);
    type("d", "e", "f");
    expect(predictor.prediction).toBeUndefined();
  });

  test("what was typed before Enter stays until it is echoed", () => {
    trust();
    type("a", "\r");
    expect(seen()).toBe("$ lsa");
    echo("a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("keys on their way when the prompt comes are part of its line", () => {
    trust();
    type("\r");
    accept();
    type("a", "b", "c");
    echo("\r\n% ");
    wait(100);
    echo("ab");
    expect(seen()).toBe("% abc");
  });

  test.each(["\t", "\x03", "\x1b[A", "pasted text", "漢字"])("after %j too", (input) => {
    trust();
    type(input, "a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("keys that the prompt came with are not expected again", () => {
    trust();
    type("\r", "a", "b");
    accept(3);
    echo("\r\n% ");
    wait(60);
    accept(4);
    echo("a");
    wait(40);
    wait(60);
    echo("b");
    type("c");
    echo("c");
    type("d");
    expect(seen()).toBe("% abcd");
  });

  test("another prompt in the same place ends the line", () => {
    trust();
    echo("\r% ls");
    type("a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("output of another program ends the line", () => {
    trust();
    echo("\r\ndone\r\n$ ls");
    type("a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("a full-screen program ends the line", () => {
    trust();
    type("a");
    full = true;
    predictor.look(now);
    expect(predictor.prediction).toBeUndefined();
    full = false;
    predictor.look(now);
    expect(predictor.prediction).toBeUndefined();
  });

  test("a screen that is about to change is not judged", () => {
    trust();
    type("a");
    busy = true;
    echo("\r\n");
    busy = false;
    screen.rows.pop();
    screen.x = 4;
    predictor.look(now);
    expect(seen()).toBe("$ lsa");
  });

  test("a screen that always is about to change keeps no prediction", () => {
    trust();
    type("a");
    accept();
    busy = true;
    wait(99);
    expect(seen()).toBe("$ lsa");
    wait(1);
    expect(seen()).toBe("$ ls");
  });

  test("an input that is not known about counts as one of unknown effect", () => {
    trust();
    number++;
    type("a");
    expect(predictor.prediction).toBeUndefined();
  });

  test("nothing is left after a reset", () => {
    trust();
    type("a");
    predictor.reset();
    expect(predictor.prediction).toBeUndefined();
    expect(predictor.due(now)).toBeUndefined();
    type("b");
    accept(3);
    expect(predictor.prediction).toBeUndefined();
  });
});

/** Keys as a person has them, who waits for what comes after Enter, or does not. */
function keys(random: () => number, alphabet: string, count: number): [number, string][] {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? "";
  return Array.from({ length: count }, (): [number, string] => {
    const kind = random();
    const input =
      kind < 0.75
        ? pick([...alphabet])
        : kind < 0.93
          ? pick(["\x7f", "\x1b[D", "\x1b[C"])
          : pick(["\r", "\r", "\r", "\t", "two", "漢字"]);
    return [random() < 0.1 ? 900 * random() : 160 * random(), input];
  });
}

const manners: Manner[] = ["shell", "shell", "shell", "silent", "stars", "upper", "cooked"];

describe.each([
  ["a few characters", "ab* :"],
  ["many", "abcdefghijklmnopqrstuvwxyz0123456789"],
])("whatever is typed, of %s", (_, alphabet) => {
  test("no secret is shown, no prediction stays, and there are some", () => {
    const wrong: string[] = [];
    let shown = 0;
    let secrets = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = dice(seed);
      const pick = (): Manner => manners[Math.floor(random() * manners.length)] ?? "shell";
      const roundTrip = 80 + 300 * random();
      const jitter = random() < 0.5 ? 0 : 40 * random();
      const program = new FakeProgram(pick);
      const line = new Simulation({ roundTrip, jitter, random, program });
      line.play(keys(random, alphabet, 100));
      if (line.predictor.prediction !== undefined) {
        wrong.push(`seed ${seed}: a prediction stays`);
      }
      for (const fate of line.fates) {
        const secret = fate.manner === "silent" || fate.manner === "stars";
        const gone = (fate.acceptedAt ?? Number.NaN) + Math.min(100, Math.max(50, roundTrip / 2));
        secrets += secret ? 1 : 0;
        shown += fate.shownAt === undefined ? 0 : 1;
        if (fate.shownAt !== undefined && (secret || !((fate.shownTo ?? 0) <= gone))) {
          wrong.push(`seed ${seed}: ${JSON.stringify(fate)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(secrets).toBeGreaterThan(1_000);
    expect(shown).toBeGreaterThan(1_000);
  }, 20_000);
});

test("at a shell's prompt most of a line is shown when it is typed", () => {
  const random = dice(7);
  const program = new FakeProgram(() => "shell");
  const line = new Simulation({ roundTrip: 200, jitter: 10, random, program });
  const words = [..."git commit --amend\r"].map((char): [number, string] => [90, char]);
  line.play(
    Array.from({ length: 5 }, () => [[700, "g"], ...words.slice(1)] as typeof words).flat(),
  );
  const typed = line.fates.filter(({ input }) => input !== "\r");
  const atOnce = typed.filter(({ typedAt, shownAt }) => shownAt === typedAt);
  expect(atOnce.length / typed.length).toBeGreaterThan(0.7);
});
