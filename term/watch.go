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
	s.busy.Go(func() {
		defer w.Close()
		for {
			select {
			case <-s.stop:
				return
			case e := <-w.Events:
				if id, ok := strings.CutSuffix(filepath.Base(e.Name), session.SocketSuffix); ok && e.Has(fsnotify.Create) {
					s.arrived(id)
				}
			case err := <-w.Errors:
				s.o.Logger.Warn("looking for sessions started on the host", "err", err)
			}
		}
	})
	return nil
}

// arrived lists a session whose socket has just appeared, unless this server
// started it.
func (s *Sessions) arrived(id string) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	s.find(ctx, id)
}
