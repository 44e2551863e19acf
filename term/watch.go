package term

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"tailpty/term/session"
)

// watch lists sessions as they are started on the host, by their sockets, until
// the server stops.
func (s *Sessions) watch() error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := w.Add(s.o.Places.Runtime); err != nil {
		w.Close()
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.busy.Go(func() {
		<-s.stop
		cancel()
	})
	s.busy.Go(func() {
		defer w.Close()
		for {
			select {
			case <-s.stop:
				return
			case e := <-w.Events:
				if id, ok := strings.CutSuffix(filepath.Base(e.Name), session.SocketSuffix); ok && e.Has(fsnotify.Create) {
					s.arrive(id)
				}
			case err := <-w.Errors: // some were missed
				s.o.Logger.Warn("looking for sessions started on the host", "err", err)
				if err := s.findAll(ctx); err != nil {
					s.o.Logger.Warn("looking for sessions", "err", err)
				}
			}
		}
	})
	return nil
}

// arrive lists a session whose socket has just appeared, unless this server started
// it.
func (s *Sessions) arrive(id string) {
	leave, err := s.enter()
	if err != nil {
		return // the server stops
	}
	go func() {
		defer leave()
		ctx, cancel := context.WithTimeout(context.Background(), startWithin)
		defer cancel()
		s.find(ctx, id)
	}()
}
