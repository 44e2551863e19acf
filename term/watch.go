package term

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"tailpty/term/session"
)

// watch lists sessions as they are started on the host, by their sockets, and takes
// those off the list that have ended and are removed there, until the server stops.
func (s *Sessions) watch() error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	for _, dir := range []string{s.o.Places.Runtime, s.o.Places.State} {
		if err := w.Add(dir); err != nil {
			w.Close()
			return err
		}
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
				dir, name := filepath.Split(e.Name)
				id, isSocket := strings.CutSuffix(name, session.SocketSuffix)
				switch {
				case isSocket && e.Has(fsnotify.Create):
					s.arrive(id)
				case filepath.Clean(dir) == filepath.Clean(s.o.Places.State) && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)):
					s.depart(name)
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

// depart takes a session off the list that has ended and of which nothing is
// written down any more.
func (s *Sessions) depart(id string) {
	r, ok := s.get(id)
	if !ok {
		return
	}
	if past, ok := r.process().(still); !ok || past.away {
		return // it runs: whoever looks after it finds out
	}
	if _, err := s.o.Places.Look(id); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	s.mu.Lock()
	delete(s.rooms, id)
	s.mu.Unlock()
	s.events.changed(id)
	r.left()
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
