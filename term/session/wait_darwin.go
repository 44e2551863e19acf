package session

// awaitExit waits until the program has ended. Its number goes back to the
// system at once, so what it left in its group is not signalled after that.
func (s *Session) awaitExit() (reap func() error) {
	err := s.cmd.Wait()
	s.reaped.Lock()
	s.reaped.done = true
	s.reaped.Unlock()
	return func() error { return err }
}
