package screen

// Smallest and greatest size of a screen.
const (
	minCols = 2
	minRows = 1
	maxCols = 4096
	maxRows = 4096
)

// Options says what a screen is like. The zero value of a field is its default.
type Options struct {
	Cols, Rows int // size in cells; 80 x 24

	// Scrollback is the greatest number of lines kept above the screen. 0 keeps
	// none.
	Scrollback int

	// Reply, if not nil, is called from Write with what the terminal answers to
	// the program's queries. The bytes are valid during the call only.
	Reply func([]byte)

	// Event, if not nil, is called from Write and Resize with what happens that
	// is not on the screen. It must not call the screen.
	Event func(Event)

	// Colors are the ones that queries are answered with and that resets return
	// to.
	Colors Colors
}

// Screen is a terminal's state. It is not safe for concurrent use: the caller
// holds a lock.
type Screen struct {
	cols, rows int
	reply      func([]byte)
	event      func(Event)

	// parser
	state      parserState
	params     params
	collect    uint32 // prefix and intermediates of the sequence, 8 bits each
	str        []byte // payload of the OSC or DCS string
	strOver    bool   // the payload is longer than is kept
	dcs        uint32 // prefix, intermediates and final of the DCS string
	partial    [4]byte
	partialLen int

	// printing
	inRun bool // the last code was text
	join  int  // width of the last character if a mark may join it, else 0

	normal, alt buffer
	buf         *buffer // one of the two

	pen      style
	penID    styleID
	penValid bool // penID is the pen's
	eraseBG  uint32
	eraseID  styleID // the style {bg: eraseBG}

	modes    modes
	charsets charsets
	styles   styles
	links    links
	colors   palette
	titles   titles

	spare []*line
	out   []byte // scratch for replies
}

// New returns a blank screen. Sizes out of range are moved into it.
func New(o Options) *Screen {
	if o.Cols == 0 {
		o.Cols = 80
	}
	if o.Rows == 0 {
		o.Rows = 24
	}
	s := &Screen{
		cols:   min(max(o.Cols, minCols), maxCols),
		rows:   min(max(o.Rows, minRows), maxRows),
		reply:  o.Reply,
		event:  o.Event,
		styles: newStyles(),
	}
	s.colors.setDefaults(o.Colors)
	s.params.reset()
	s.normal.history = max(0, o.Scrollback)
	s.normal.reflows = true
	s.resetBuffers()
	s.modes.reset()
	return s
}

// resetBuffers makes both screens new and shows the normal one.
func (s *Screen) resetBuffers() {
	for _, b := range []*buffer{&s.normal, &s.alt} {
		b.cols, b.rows = s.cols, s.rows
		b.saved = savedCursor{}
		b.keyboard.reset()
		s.clearBuffer(b)
	}
	s.buf = &s.normal
	s.fillBuffer(s.buf, 0)
}

// Size returns the number of columns and rows.
func (s *Screen) Size() (cols, rows int) { return s.cols, s.rows }

// Title returns the window's title, as the program set it last.
func (s *Screen) Title() string { return string(s.titles.window) }

// send writes an answer to the program.
func (s *Screen) send(p []byte) {
	if s.reply != nil {
		s.reply(p)
	}
}

// emit tells the caller what happened.
func (s *Screen) emit(e Event) {
	if s.event != nil {
		s.event(e)
	}
}
