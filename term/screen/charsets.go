package screen

// A charset replaces ASCII characters. The nil charset replaces none.
type charset struct {
	name byte // final byte of the sequence that designates it
	to   [128]rune
}

func (c *charset) translate(r rune) rune {
	if t := c.to[r&127]; t != 0 {
		return t
	}
	return r
}

// charsets are G0 to G3, and the one in use. A restored cursor brings its own.
type charsets struct {
	g      [4]*charset
	level  int
	active *charset
}

func (c *charsets) reset() { *c = charsets{} }

// shift puts G level in use.
func (c *charsets) shift(level int) {
	c.level = level
	c.active = c.g[level]
}

func (c *charsets) designate(level int, set *charset) {
	c.g[level] = set
	if c.level == level {
		c.active = set
	}
}

func (c *charsets) designateAll(set *charset) {
	for i := range c.g {
		c.designate(i, set)
	}
}

// charsetByName has the charsets by the final bytes that designate them. The
// entry of 'B', US ASCII, is nil.
var charsetByName = buildCharsets()

// buildCharsets takes each set as pairs: a character and what replaces it.
func buildCharsets() map[byte]*charset {
	sets := map[byte]*charset{'B': nil}
	for names, pairs := range map[string]string{
		"0":  "`◆a▒b␉c␌d␍e␊f°g±h␤i␋j┘k┐l┌m└n┼o⎺p⎻q─r⎼s⎽t├u┤v┴w┬x│y≤z≥{π|≠}£~·",
		"A":  "#£",
		"4":  "#£@¾[i\\½]|{¨|f}¼~´",
		"C5": "[Ä\\Ö]Å^Ü`é{ä|ö}å~ü",
		"R":  "#£@à[°\\ç]§{é|ù}è~¨",
		"Q":  "@à[â\\ç]ê^î`ô{é|ù}è~û",
		"K":  "@§[Ä\\Ö]Ü{ä|ö}ü~ß",
		"Y":  "#£@§[°\\ç]é`ù{à|ò}è~ì",
		"E6": "@Ä[Æ\\Ø]Å^Ü`ä{æ|ø}å~ü",
		"Z":  "#£@§[¡\\Ñ]¿{°|ñ}ç",
		"H7": "@É[Ä\\Ö]Å^Ü`é{ä|ö}å~ü",
		"=":  "#ù@à[é\\ç]ê^î_è`ô{ä|ö}ü~û",
	} {
		set := &charset{name: names[0]}
		from := rune(-1)
		for _, r := range pairs {
			if from < 0 {
				from = r
				continue
			}
			set.to[from] = r
			from = -1
		}
		for _, name := range []byte(names) {
			sets[name] = set
		}
	}
	return sets
}

// designateBy handles ESC with an intermediate that names G0 to G3, or ESC %.
func (s *Screen) designateBy(intermediate, name byte) {
	if intermediate == '%' {
		if name == '@' || name == 'G' {
			s.charsets.shift(0)
			s.charsets.designate(0, nil)
		}
		return
	}
	set, ok := charsetByName[name]
	if !ok {
		return
	}
	switch intermediate {
	case '(':
		s.charsets.designate(0, set)
	case ')', '-':
		s.charsets.designate(1, set)
	case '*', '.':
		s.charsets.designate(2, set)
	case '+':
		s.charsets.designate(3, set)
	}
}
