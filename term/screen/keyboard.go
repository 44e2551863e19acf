package screen

// maxKeyboard is how many pushed values a keyboard stack keeps.
const maxKeyboard = 16

// keyboardStack is the flags of the kitty keyboard protocol of one screen. The
// last value is in force; an empty stack is 0.
type keyboardStack struct {
	flags [maxKeyboard + 1]uint8
	n     int
}

func (k *keyboardStack) reset() { *k = keyboardStack{} }

// current returns the flags in force.
func (k *keyboardStack) current() uint8 { return k.flags[k.n] }

// push saves the flags in force and sets new ones. The oldest saved value goes
// when there is no room.
func (k *keyboardStack) push(flags int) {
	if k.n == maxKeyboard {
		copy(k.flags[:], k.flags[1:])
		k.n--
	}
	k.n++
	k.flags[k.n] = uint8(flags & 31)
}

// pop goes back by n values.
func (k *keyboardStack) pop(n int) {
	for ; n > 0 && k.n > 0; n-- {
		k.n--
		if k.n == 0 {
			k.flags[0] = 0
		}
	}
	if n > 0 {
		k.flags[0] = 0
	}
}

// set changes the flags in force: mode 1 replaces them, 2 sets bits, 3 clears
// bits.
func (k *keyboardStack) set(flags, mode int) {
	f := &k.flags[k.n]
	switch mode {
	case 1:
		*f = uint8(flags & 31)
	case 2:
		*f |= uint8(flags & 31)
	case 3:
		*f &^= uint8(flags & 31)
	}
}
