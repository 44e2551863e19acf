package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
)

// kind is what a program writes.
type kind string

const (
	// plain is lines of text.
	plain kind = "plain"
	// redraws is whole screens of 80 x 24 in colours, one over the other.
	redraws kind = "redraws"
)

// block is what a kind is made of, over and over: as the program writes it. It is
// the same each time, and has no @.
func (k kind) block() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	switch k {
	case plain:
		for line := 0; b.Len() < 1<<20; line++ {
			fmt.Fprintf(&b, "%6d ", line)
			for range 3 + random.IntN(9) {
				b.WriteByte(' ')
				word(&b, random)
			}
			b.WriteByte('\n')
		}
	case redraws:
		for b.Len() < 1<<20 {
			screenful(&b, random)
		}
	}
	return b.Bytes()
}

// word writes a word of 2 to 9 letters.
func word(b *bytes.Buffer, random *rand.Rand) {
	for range 2 + random.IntN(8) {
		b.WriteByte(byte('a' + random.IntN(26)))
	}
}

// screenful writes a whole screen, as an interface in a terminal does.
func screenful(b *bytes.Buffer, random *rand.Rand) {
	for row := 1; row <= 24; row++ {
		fmt.Fprintf(b, "\x1b[%d;1H", row)
		for column := 0; column < 72; {
			before := b.Len()
			fmt.Fprintf(b, "\x1b[%d;38;5;%dm", random.IntN(2), random.IntN(256))
			start := b.Len()
			word(b, random)
			column += b.Len() - start + 1
			if before%3 == 0 {
				b.WriteString("\x1b[0m")
			}
			b.WriteByte(' ')
		}
		b.WriteString("\x1b[0m\x1b[K")
	}
}

// translated is a block as it comes out of the terminal, whose line discipline
// puts a carriage return before each line feed.
func translated(block []byte) []byte {
	return bytes.ReplaceAll(block, []byte("\n"), []byte("\r\n"))
}

// expected is what a reader gets of a program that was told to write size bytes.
type expected struct {
	bytes int    // whole blocks
	sum   uint32 // CRC-32C
}

// castagnoli is the polynomial that processors know: a check has to cost nothing
// beside what it checks.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (k kind) expected(size int) expected {
	block := translated(k.block())
	var e expected
	for range blocks(size) {
		e.bytes += len(block)
		e.sum = crc32.Update(e.sum, castagnoli, block)
	}
	return e
}

// blocks is how many blocks a program writes that was told to write size bytes.
func blocks(size int) int { return max(1, (size+1<<19)>>20) }
