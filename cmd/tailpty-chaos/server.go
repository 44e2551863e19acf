package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// readyWithin is how long a server may take to be ready.
const readyWithin = 60 * time.Second

// server is `tailpty serve`, one process after the other.
type server struct {
	scene   *scene
	program string
	log     *os.File
	url     atomic.Pointer[string]

	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
	ready chan string   // its address
}

func newServer(s *scene, program string) (*server, error) {
	log, err := os.Create(filepath.Join(s.dir, "serve.log"))
	if err != nil {
		return nil, err
	}
	return &server{scene: s, program: program, log: log}, nil
}

// begin starts the process.
func (s *server) begin() error {
	cmd := exec.Command(s.program, "serve", "--config", s.scene.config)
	cmd.Env, cmd.Stderr = s.scene.environ(), s.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is ours
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	ended, ready := make(chan struct{}), make(chan string, 1)
	s.cmd, s.ended, s.ready = cmd, ended, ready
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if url, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
				ready <- url
			}
		}
		_ = cmd.Wait()
	}()
	return nil
}

var errNotReady = errors.New("the server ended before it was ready")

// await waits until it is ready.
func (s *server) await(ctx context.Context) error {
	select {
	case url := <-s.ready:
		s.url.Store(&url)
		return nil
	case <-s.ended:
		return errNotReady
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(readyWithin):
		return fmt.Errorf("the server is not ready after %v", readyWithin)
	}
}

// kill is kill -9. It returns when the process is gone.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
}

func (s *server) signal(sig syscall.Signal) { _ = s.cmd.Process.Signal(sig) }

// close ends it for good.
func (s *server) close() {
	s.kill()
	s.log.Close()
}

// lastWords is the end of what it logged.
func (s *server) lastWords() string {
	f, err := os.Open(s.log.Name())
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const tail = 2000
	if info, err := f.Stat(); err == nil && info.Size() > tail {
		_, _ = f.Seek(-tail, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return string(b)
}
