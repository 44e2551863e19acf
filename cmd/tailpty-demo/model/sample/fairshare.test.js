import assert from "node:assert/strict";
import test from "node:test";
import { format, parse, split } from "./fairshare.js";

test("an even bill is split evenly", () => {
  assert.deepEqual(split(1000, 4), [250, 250, 250, 250]);
});

test("the shares add up to the bill", () => {
  assert.deepEqual(split(1000, 3), [334, 333, 333]);
});

test("amounts are read and written", () => {
  assert.equal(parse("12.34"), 1234);
  assert.equal(format(1234), "12.34");
});
