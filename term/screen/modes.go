package screen

// mouseMode is which mouse events the program wants.
type mouseMode uint8

const (
	mouseNone mouseMode = iota
	mouseX10
	mouseVT200
	mouseDrag
	mouseAny
)

var mouseNames = [...]string{"none", "x10", "vt200", "drag", "any"}

// mouseEncoding is how it wants them.
type mouseEncoding uint8

const (
	mouseDefault mouseEncoding = iota
	mouseSGR
	mousePixels
)

// cursorShape is the shape that DECSCUSR asked for.
type cursorShape uint8

const (
	shapeDefault cursorShape = iota
	shapeBlock
	shapeUnderline
	shapeBar
)

// modes are the switches of the terminal.
type modes struct {
	private

	insert bool // IRM

	// These survive a reset of the terminal in xterm.js.
	newline     bool // LNM
	cursorBlink bool // DECSET 12
	hidden      bool // the cursor

	mouse    mouseMode
	encoding mouseEncoding
}

// private are the modes that a soft reset (DECSTR) sets back.
type private struct {
	appCursor, appKeypad bool
	paste                bool // bracketed
	origin               bool
	wrap                 bool
	reverseWrap          bool
	focus                bool
	sync                 bool // synchronized output
	shape                cursorShape
	blink                bool // with shape
}

func (m *modes) resetPrivate() {
	m.insert = false
	m.private = private{wrap: true}
}

// reset is what RIS does to modes.
func (m *modes) reset() {
	m.resetPrivate()
	m.mouse, m.encoding = mouseNone, mouseDefault
}

// setAnsi is SM and RM.
func (s *Screen) setAnsi(on bool) {
	for _, mode := range s.params.value[:s.params.n] {
		switch mode {
		case 4:
			s.modes.insert = on
		case 20:
			s.modes.newline = on
		}
	}
}

// setPrivate is DECSET and DECRST.
func (s *Screen) setPrivate(on bool) {
	for _, mode := range s.params.value[:s.params.n] {
		if flag := s.modes.flag(mode); flag != nil {
			*flag = on
			if mode == 6 {
				s.moveTo(0, 0)
			}
			continue
		}
		switch mode {
		case 2:
			if on {
				s.charsets.designateAll(nil)
			}
		case 9, 1000, 1002, 1003:
			s.modes.mouse = mouseNone
			if on {
				s.modes.mouse = mouseModes(mode)
			}
		case 1006, 1016:
			s.modes.encoding = mouseDefault
			if on {
				s.modes.encoding = encodingModes(mode)
			}
		case 25:
			s.modes.hidden = !on
		case 1048:
			s.saveOrRestore(on)
		case 47, 1047, 1049:
			s.switchBuffer(on, mode == 1049)
		}
	}
}

// flag returns the switch of a private mode that is no more than one.
func (m *modes) flag(mode int) *bool {
	switch mode {
	case 1:
		return &m.appCursor
	case 6:
		return &m.origin
	case 7:
		return &m.wrap
	case 12:
		return &m.cursorBlink
	case 45:
		return &m.reverseWrap
	case 66:
		return &m.appKeypad
	case 1004:
		return &m.focus
	case 2004:
		return &m.paste
	case 2026:
		return &m.sync
	}
	return nil
}

func mouseModes(mode int) mouseMode {
	switch mode {
	case 9:
		return mouseX10
	case 1000:
		return mouseVT200
	case 1002:
		return mouseDrag
	}
	return mouseAny
}

func encodingModes(mode int) mouseEncoding {
	if mode == 1006 {
		return mouseSGR
	}
	return mousePixels
}

func (s *Screen) saveOrRestore(save bool) {
	if save {
		s.saveCursor()
	} else {
		s.restoreCursor()
	}
}

// switchBuffer shows the alternate screen, or the normal one. The cursor's
// position goes along; withCursor saves the cursor first and restores it last.
func (s *Screen) switchBuffer(alt, withCursor bool) {
	if alt && withCursor {
		s.saveCursor()
	}
	switch {
	case alt && s.buf == &s.normal:
		s.fillBuffer(&s.alt, s.eraseBlank())
		s.alt.x, s.alt.y = s.normal.x, s.normal.y
		s.buf = &s.alt
	case !alt && s.buf == &s.alt:
		s.normal.x, s.normal.y = s.alt.x, s.alt.y
		s.clearBuffer(&s.alt)
		s.buf = &s.normal
	}
	if !alt && withCursor {
		s.restoreCursor()
	}
}

// setCursorShape is DECSCUSR.
func (s *Screen) setCursorShape(n int) {
	if n == 0 {
		s.modes.shape, s.modes.blink = shapeDefault, false
		return
	}
	if n <= 6 {
		s.modes.shape = [...]cursorShape{shapeBlock, shapeUnderline, shapeBar}[(n-1)/2]
	}
	s.modes.blink = n%2 == 1
}

// softReset is DECSTR.
func (s *Screen) softReset() {
	b := s.buf
	s.modes.hidden = false
	b.top, b.bottom = 0, s.rows-1
	s.setPen(style{})
	s.modes.resetPrivate()
	s.charsets.reset()
	b.saved = savedCursor{y: b.base}
}

// fullReset is RIS.
func (s *Screen) fullReset() {
	s.setPen(style{})
	s.resetBuffers()
	s.charsets.reset()
	s.modes.reset()
}
