package screen

// runeWidth returns the number of columns, 0 to 2, that cp takes.
func runeWidth(cp rune) int {
	page := int(widthStage[uint32(cp)>>8]) << 6
	return int(widthPages[page|int(cp>>2)&63]>>(uint(cp)&3<<1)) & 3
}
