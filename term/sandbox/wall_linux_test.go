package sandbox

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// attempts are ways to what is hidden. Each prints the marker where there is no
// wall, which shows that it is one.
var attempts = []struct {
	name, script string
	root         bool // only root gets there, without a wall
}{
	{"a file", `cat "$SECRET"`, false},
	{"the names in a folder", `ls -A "$OWN"`, false},
	{"a link", `cat "link/${SECRET##*/}"`, false},
	{"a folder named tailpty", `cat "$CONFIG/config.yaml"`, false},
	{"a single file", `cat "$TOKENS"`, false},
	{"a socket", `"$SELF" do dial "$SOCKET"`, false},
	{"the root of a process", `for p in /proc/[0-9]*; do cat "$p/root$SECRET"; done`, false},
	{"the folder of a process", `for p in /proc/[0-9]*; do cat "$p/cwd/${SECRET##*/}"; done`, false},
	{"a descriptor of a process", `cat "/proc/$PID/fd/0"; for p in /proc/[0-9]*; do for f in $p/fd/*; do case $(readlink "$f") in "$OWN"*) cat "$f";; esac; done; done`, false},
	{"the environment of a process", `cat /proc/[0-9]*/environ | tr '\0' '\n' | grep ^OUTSIDE=`, false},
	{"tracing a process", `"$SELF" do trace "$PID"`, false},
	{"a signal to a process", `kill -0 "$PID" && echo ` + marker, false},
	{"moving the folder", `mv "$OWN" "$OWN.x"; cat "$OWN.x/${SECRET##*/}"; mv "$OWN.x" "$OWN"`, false},
	{"moving the folder above", `mv "$ABOVE" "$ABOVE.x"; cat "$ABOVE.x/own/${SECRET##*/}"; mv "$ABOVE.x" "$ABOVE"`, false},
	{"unmounting", `umount "$OWN"; umount -l "$OWN"; cat "$SECRET"`, false},
	{"unmounting in a namespace", `unshare -Urm sh -c 'umount "$OWN"; umount -l "$OWN"; cat "$SECRET"'`, false},
	{"unmounting in namespaces, twice", `unshare -Urm unshare -Urm sh -c 'umount -l "$OWN"; cat "$SECRET"'`, false},
	{"moving the mask", `unshare -Urm sh -c 'mount --move "$OWN" "$MOUNT"; cat "$SECRET"'`, false},
	{"mounting the folder above", `unshare -Urm sh -c 'mount --bind "$ABOVE" "$MOUNT"; cat "$MOUNT/own/${SECRET##*/}"'`, false},
	{"mounting all", `unshare -Urm sh -c 'mount --rbind / "$MOUNT"; cat "$MOUNT$SECRET"; umount -l "$MOUNT$OWN"; cat "$MOUNT$SECRET"'`, false},
	{"a new root", `unshare -Urm sh -c 'mount --rbind / "$MOUNT"; chroot "$MOUNT" cat "$SECRET"'`, false},
	{"the namespace of a process", `nsenter -t "$PID" -m cat "$SECRET"`, true},
	{"the namespace of a process, from another", `unshare -Urm sh -c 'nsenter -t 1 -m cat "$SECRET"; nsenter -t "$PPID" -m cat "$SECRET"; cat "$SECRET"'`, false},
	{"a new process namespace", `unshare -Urmpf sh -c 'mount -t proc proc "$MOUNT"; cat /proc/1/root"$SECRET" "$MOUNT"/1/root"$SECRET"'`, false},
	{"the number of a file", `"$SELF" do handle "$KIND" "$HANDLE" "$PWD"`, true},
	{"the number of a file, in a namespace", `unshare -Urm sh -c 'mount --bind "$ABOVE" "$MOUNT"; "$SELF" do handle "$KIND" "$HANDLE" "$PWD"; "$SELF" do handle "$KIND" "$HANDLE" /; "$SELF" do handle "$KIND" "$HANDLE" "$MOUNT"; cat "$SECRET"'`, false},
	{"a disk", `mknod disk b 7 0 && echo ` + marker + `; rm -f disk`, true},
	{"mounting", `mount -t tmpfs none "$MOUNT" && echo ` + marker + ` && umount "$MOUNT"`, true},
	{"the kernel's settings", `test -w /proc/sys/kernel/core_pattern && echo ` + marker, true},
	{"the kernel's settings, written again", `unshare -Urm sh -c 'mount -o remount,rw,bind /proc/sys; umount /proc/sys; test -w /proc/sys/kernel/core_pattern && echo ` + marker + `'`, true},
	{"the kernel's settings, mounted again", `unshare -Urmpf --mount-proc sh -c 'test -w /proc/sys/kernel/core_pattern && echo ` + marker + `'`, true},
	{"the kernel's objects", `test -w /sys/kernel && test -n "$(find /sys/kernel -maxdepth 2 -type f -writable | head -1)" && echo ` + marker, true},
	{"the kernel's objects, mounted again", `unshare -Urmn sh -c 'mount -t sysfs sysfs "$MOUNT"; umount /sys; for d in /sys "$MOUNT"; do test -n "$(find $d/kernel -maxdepth 2 -type f -writable | head -1)" && echo ` + marker + `; done'`, true},
}

func TestWallHides(t *testing.T) {
	s := newScene(t)
	for _, a := range attempts {
		if a.root && os.Getuid() != 0 {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			if a.name == "tracing a process" && os.Getuid() != 0 {
				if b, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil && string(b) != "0\n" {
					t.Skip("this host lets no user trace")
				}
			}
			if open := s.run(t, "sh", "-c", a.script); !strings.Contains(open.stdout, marker) {
				t.Fatalf("no way even without a wall: %+v", open)
			}
			if o := s.behind(t, "sh", "-c", a.script); strings.Contains(o.stdout, marker) {
				t.Errorf("a way through the wall: %+v", o)
			}
		})
	}
	if o := s.behind(t, "sh", "-c", `ls -A "$OWN" "$CONFIG"; touch "$OWN/x" || echo no`); !strings.HasSuffix(o.stdout, "no\n") {
		t.Errorf("a hidden folder can be written to: %+v", o)
	}
	if o := s.behind(t, "sh", "-c", `find /dev -type b; cat "$TOKENS"`); os.Getuid() == 0 && o.stdout != "" {
		t.Errorf("disks: %+v", o)
	}
}

// What is not hidden is as it was.
func TestWallLeavesTheHost(t *testing.T) {
	s := newScene(t)
	const script = `pwd; cat ../other/own.txt; echo new > made; mkdir d; cat made; ls -A .. | sort; id -u; hostname; ulimit -n
		test -e "$SELF" && echo self; echo > /dev/null; head -c 3 /dev/zero | wc -c; cat /dev/stdin < made; test -w /dev/shm && echo shm; grep -c . /proc/self/status > status && echo proc`
	if err := os.WriteFile(filepath.Join(s.dir, "../other/own.txt"), []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	free := s.run(t, "sh", "-c", script)
	for _, name := range []string{"made", "d", "status"} {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	walled := s.behind(t, "sh", "-c", script)
	if walled != free || free.code != 0 || !strings.Contains(free.stdout, "mine\nnew\n") {
		t.Errorf("without:\n%+v\nwith:\n%+v", free, walled)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "made"))
	info, err2 := os.Stat(filepath.Join(s.dir, "made"))
	if err != nil || err2 != nil || string(b) != "new\n" || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) {
		t.Errorf("what it made: %q, %v, %+v, %v", b, err, info, err2)
	}
	s.env = append(s.env, "EMPTY=", "ODD=a b\nc")
	sorted := "tr '\\n' ' ' < /dev/null; env -0 | sort -z | tr '\\0' '\\n' | grep -v '^_=' "
	if free, walled := s.run(t, "sh", "-c", sorted), s.behind(t, "sh", "-c", sorted); free != walled || !strings.Contains(free.stdout, "EMPTY=\n") {
		t.Errorf("the environment without:\n%s\nwith:\n%s", free.stdout, walled.stdout)
	}
}

func TestWallStatus(t *testing.T) {
	s := newScene(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "exit 255": 255, "kill -9 $$": 137, "kill -TERM $$": 143, "kill -INT $$": 130, "kill -HUP $$": 129} {
		if o := s.behind(t, "sh", "-c", script); o.code != want {
			t.Errorf("%s: status %d, want %d; %s", script, o.code, want, o.stderr)
		}
	}
	if o := s.behind(t, "nowhere-at-all"); o.code != 127 || !strings.Contains(o.stderr, "nowhere-at-all") {
		t.Errorf("a program that is not there: %+v", o)
	}
	if o := s.behind(t, "/"); o.code != 126 {
		t.Errorf("a folder as a program: %+v", o)
	}
}

// A file that is renamed into place: hidden in a folder of tailpty's own, not
// hidden where only the file was named, which Loose says.
func TestWallRenamedFile(t *testing.T) {
	s := newScene(t)
	argv := s.command(t, "sh")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = s.dir, s.env
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ask := func(command string) string {
		t.Helper()
		if _, err := io.WriteString(in, command+" 2>&1; echo .\n"); err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for b := make([]byte, 1); !strings.HasSuffix(all.String(), ".\n"); {
			if _, err := out.Read(b); err != nil {
				t.Fatalf("%v after %q", err, all.String())
			}
			all.Write(b)
		}
		return all.String()
	}
	const both = `cat "$CONFIG/config.yaml" "$TOKENS"`
	if got := ask(both); strings.Contains(got, marker) {
		t.Fatalf("seen before: %s", got)
	}
	top := filepath.Dir(s.dir)
	for _, file := range []string{"config/tailpty/config.yaml", "other/tokens.json"} {
		path := filepath.Join(top, file)
		if err := os.WriteFile(path+".new", []byte(marker+" of "+path), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	got := ask(both)
	if strings.Contains(got, marker+" of "+top+"/config") {
		t.Errorf("a file in a folder of tailpty's: %s", got)
	}
	if !strings.Contains(got, marker+" of "+top+"/other") {
		t.Errorf("single files stay hidden here: say so in Loose and the manual: %s", got)
	}
	loose, err := s.wall.Loose(s.dir)
	if err != nil || len(loose) != 1 || loose[0] != filepath.Join(top, "other/tokens.json") {
		t.Errorf("Loose is %q, %v", loose, err)
	}
}

// Root has the tests run once more by an ordinary user.
func TestWallAsUser(t *testing.T) {
	bubblewrap(t)
	if os.Getuid() != 0 {
		t.Skip("for root")
	}
	const uid = 65534
	dir, err := os.MkdirTemp("", "tp-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "sandbox.test")
	if err := os.WriteFile(binary, self, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run", "^Test(Wall|Terminal|Kill)")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "HOME=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"TestWallHides", "TestWallLeavesTheHost", "TestWallStatus", "TestWallRenamedFile", "TestTerminal", "TestKill"} {
		if !strings.Contains(string(out), "--- PASS: "+name) {
			t.Errorf("%s was not passed:\n%s", name, out)
		}
	}
}
