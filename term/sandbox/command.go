package sandbox

import "path/filepath"

// Command is the argument vector that runs argv in dir behind the wall. It is to
// be started with the environment and the terminal that are meant for argv; the
// exit status is argv's, 128 and the signal's number where one ended it. Signals
// to the process group reach argv alone. When the process is killed, or the one
// that started it ends, everything behind the wall is killed. It fails where
// something to hide cannot be looked at, or where dir or this program would be
// hidden.
//
// A program that is not there is only found out behind the wall: status 127.
// Start it from a goroutine that is not locked to a thread: the kernel takes the
// end of the thread for that of the process.
func (b Bwrap) Command(w Wall, dir string, argv []string) ([]string, error) {
	m, err := w.masks(dir, b.self)
	if err != nil {
		return nil, err
	}
	out := []string{b.self, Word, hold, b.path, "--bind", "/", "/"}
	if b.root {
		out = append(out, rootDevices()...)
	} else {
		out = append(out, "--dev-bind", "/dev", "/dev")
	}
	out = append(out, "--unshare-pid", "--proc", "/proc")
	if b.root {
		out = append(out, rootSettings()...)
	}
	for _, folder := range m.folders {
		out = append(out, "--tmpfs", folder, "--remount-ro", folder)
	}
	for _, file := range m.files {
		out = append(out, "--ro-bind", "/dev/null", file)
	}
	if !b.privileged {
		out = append(out, "--unshare-user")
	}
	out = append(out, "--cap-drop", "ALL")
	for _, c := range b.caps {
		out = append(out, "--cap-add", c)
	}
	out = append(out, "--die-with-parent", "--chdir", dir, "--", b.self, Word, free)
	return append(out, argv...), nil
}

// devices are what root finds in /dev: what programs use, and nothing with the
// host's disks or memory on it. The terminals are the host's, so that the one the
// session has is found by its name.
var devices = []string{"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue", "log", "fuse", "kvm", "dri", "nvidia*"}

// rootDevices makes root's /dev.
func rootDevices() []string {
	out := []string{"--tmpfs", "/dev"}
	for _, name := range devices {
		found, _ := filepath.Glob(filepath.Join("/dev", name)) // the patterns are good
		for _, path := range found {
			out = append(out, "--dev-bind-try", path, path)
		}
	}
	return append(out, "--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin",
		"--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr", "--remount-ro", "/dev")
}

// settings are the kernel's files by which root without any capability can have
// the host run a program, or stop.
var settings = []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/scsi", "/proc/acpi", "/sys"}

// rootSettings makes them read-only.
func rootSettings() []string {
	var out []string
	for _, path := range settings {
		out = append(out, "--ro-bind-try", path, path)
	}
	return out
}
