package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
)

// sshRow is OpenSSH: a server of its own on loopback, and a connection for each
// session as without ssh -M, so that opening costs what it costs.
const sshRow = "ssh"

// ssh is that row. Its client has pipes and no terminal of its own, which would
// cost.
type ssh struct{ install install }

func (ssh) name() string { return sshRow }

func (s ssh) start(ctx context.Context, dir string) (server, error) {
	sshd, err := s.install.find(ctx, source{program: "sshd", debian: "openssh-server"})
	if err != nil {
		return nil, err
	}
	client, err := s.install.find(ctx, source{program: "ssh", debian: "openssh-client"})
	if err != nil {
		return nil, err
	}
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		// Where it keeps its own from the network's reach; a service makes it.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return nil, err
		}
	}
	for _, key := range []string{"host", "person"} {
		if out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", filepath.Join(dir, key)).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("making a key: %w: %s", err, out)
		}
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(config, []byte(sshdConfig(dir, addr)), 0o600); err != nil {
		return nil, err
	}
	d, err := startDaemon(ctx, dir, sshd, "-D", "-e", "-f", config)
	if err != nil {
		return nil, err
	}
	server := &sshServer{daemon: d, client: client, dir: dir, user: who.Username, addr: addr}
	if err := d.ready(ctx, "tcp", addr); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return server, nil
}

// sshdConfig is a server's for one person with one key and nothing else.
func sshdConfig(dir, addr string) string {
	return strings.Join([]string{
		"ListenAddress " + addr,
		"HostKey " + filepath.Join(dir, "host"),
		"AuthorizedKeysFile " + filepath.Join(dir, "person.pub"),
		"PidFile none", "UsePAM no", "StrictModes no", "UseDNS no",
		"PermitRootLogin prohibit-password", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PrintMotd no", "PrintLastLog no", "PermitUserRC no", "X11Forwarding no",
		"MaxStartups 500", "LogLevel ERROR", "",
	}, "\n")
}

type sshServer struct {
	*daemon
	client, dir, user, addr string
	compressed              bool // what the client asks for
}

func (s *sshServer) open(ctx context.Context, o openOptions) (terminal, error) {
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return nil, err
	}
	compression := "no"
	if s.compressed {
		compression = "yes"
	}
	ctx, end := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.client, "-tt", "-e", "none", "-F", "none", "-p", port,
		"-i", filepath.Join(s.dir, "person"), "-o", "IdentitiesOnly=yes", "-o", "ControlPath=none",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "LogLevel=ERROR", "-o", "Compression="+compression, s.user+"@"+host, sized(o))
	t := &sshTerminal{cmd: cmd, leave: sync.OnceFunc(func() {
		end()
		_ = cmd.Wait() // it was killed
	})}
	cmd.Stderr = &t.said
	if t.in, err = cmd.StdinPipe(); err == nil {
		t.out, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		end()
		return nil, err
	}
	return t, nil
}

// pids is the server and its processes for the connections.
func (s *sshServer) pids() []int {
	var pids []int
	for _, p := range family(s.pid()) {
		if strings.HasPrefix(p.name, "sshd") {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// sshTerminal is a client.
type sshTerminal struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   io.ReadCloser
	leave func() // ends the client and waits for that
	said  lastWords
}

func (t *sshTerminal) Read(p []byte) (int, error) {
	n, err := t.out.Read(p)
	if errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	if said := t.said.String(); errors.Is(err, io.EOF) && said != "" {
		err = fmt.Errorf("%w: ssh says %s", io.EOF, said)
	}
	return n, err
}

func (t *sshTerminal) Write(p []byte) (int, error) { return t.in.Write(p) }
func (t *sshTerminal) consumed(int)                {}

// Close ends the client, and with its connection the session.
func (t *sshTerminal) Close() error {
	t.leave()
	return nil
}
