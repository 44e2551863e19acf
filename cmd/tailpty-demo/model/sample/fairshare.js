// Amounts are whole cents: fractions of a cent cannot be paid.

// split returns what each of the people pays of a bill.
export function split(cents, people) {
  const share = Math.floor(cents / people);
  return Array(people).fill(share);
}

// parse reads "12.34" as 1234 cents.
export function parse(text) {
  if (!/^\d+(\.\d\d)?$/.test(text)) throw new Error(`not an amount: ${text}`);
  return Math.round(Number(text) * 100);
}

// format writes 1234 cents as "12.34".
export function format(cents) {
  return (cents / 100).toFixed(2);
}
