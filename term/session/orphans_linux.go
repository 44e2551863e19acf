package session

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Mark is the environment variable with the session's id, by which what a session
// has started is known when everything else of it is gone.
const Mark = "TAILPTY_SESSION"

// adoptOrphans makes this process the parent of every descendant whose own parent
// ends.
func adoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("session: becoming the parent of orphans: %w", err)
	}
	return nil
}

// endOrphans kills what a session has started and left behind, as far as its
// environment names it.
func endOrphans(id string) {
	mark := []byte(Mark + "=" + id)
	for range 10 { // one may just have started another
		found := false
		all, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, e := range all {
			pid, err := strconv.Atoi(e.Name())
			if err != nil || pid == os.Getpid() {
				continue
			}
			env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
			if err != nil {
				continue
			}
			for v := range bytes.SplitSeq(env, []byte{0}) {
				if bytes.Equal(v, mark) {
					found = syscall.Kill(pid, syscall.SIGKILL) == nil || found
				}
			}
		}
		if !found {
			return
		}
	}
}

// reapOrphans takes the status of adopted processes that end, until the session
// does; that of the program itself is left alone.
func (h *host) reapOrphans() {
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	defer signal.Stop(children)
	for {
		select {
		case <-h.s.Done():
			return
		case <-children:
		}
		for {
			var info unix.Siginfo
			err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
			pid := siginfoPID(&info)
			if err != nil || pid == 0 || pid == h.s.cmd.Process.Pid {
				break
			}
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
}

// siginfoPID is si_pid of waitid(2): the first word of the union, which begins
// after three ints and is aligned to a pointer.
func siginfoPID(info *unix.Siginfo) int {
	const at = 16
	b := (*[unsafe.Sizeof(unix.Siginfo{})]byte)(unsafe.Pointer(info))
	return int(int32(binary.NativeEndian.Uint32(b[at:])))
}
