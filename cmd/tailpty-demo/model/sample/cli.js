#!/usr/bin/env node
import { format, parse, split } from "./fairshare.js";

const [amount, people] = process.argv.slice(2);
if (!amount || !(Number.parseInt(people, 10) > 0)) {
  console.error("usage: fairshare AMOUNT PEOPLE");
  process.exit(2);
}
console.log(split(parse(amount), Number.parseInt(people, 10)).map(format).join(" "));
