package session

// Subscribe has more called, with no lock held, whenever there is more output or the
// session has ended. It must not wait: output does not go on before it returns.
// Subscribe first and read after, so that nothing is missed.
func (s *Session) Subscribe(more func()) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.readers.add(more)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.readers.remove(n)
	}
}

// Range is the offsets of the output that the log holds: from start to end.
func (s *Session) Range() (start, end uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.start(), s.log.end
}

// Read copies output from offset from on into p. at is the offset of the first
// byte: later than from where the bytes before it are gone.
func (s *Session) Read(from uint64, p []byte) (at uint64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at = max(from, s.log.start())
	return at, s.log.read(at, p)
}

// LogBytes is how much output the log holds at most.
func (s *Session) LogBytes() int { return s.spec.LogBytes }

// snapshot is one that was made, for others who ask at the same offset.
type snapshot struct {
	bytes      []byte
	offset     uint64
	scrollback int
}

// Snapshot is bytes that put the present screen, with at most scrollback lines
// of history, into a blank terminal of cols x rows; offset is the end of the
// output it stands for. The bytes are shared: nobody changes them.
func (s *Session) Snapshot(scrollback int) (b []byte, offset uint64, cols, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shot.bytes == nil || s.shot.offset != s.log.end || s.shot.scrollback != scrollback {
		s.shot = snapshot{s.screen.Snapshot(scrollback), s.log.end, scrollback}
	}
	return s.shot.bytes, s.log.end, s.state.Cols, s.state.Rows
}

// Driver is the client that may type, or empty.
func (s *Session) Driver() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.driver
}

// Drive makes a client the driver, in place of was; either may be empty. It
// reports false where neither of them drives, or the session has ended.
// What was has typed and the program has not read yet is dropped.
func (s *Session) Drive(was, is string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Ended || s.driver != was && (is == "" || s.driver != is) {
		return false
	}
	s.driver = is
	return true
}
