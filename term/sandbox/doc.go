// Package sandbox is the basic wall around a session's program: the host as it
// is, but what is tailpty's own is masked: its state, configuration, tokens and
// sockets.
//
// It is made of bubblewrap. The program runs in a mount namespace in which empty
// folders lie over tailpty's, and in a process namespace with a /proc of its own,
// so that no process outside can be looked into, traced or killed. Namespaces
// that the program makes in turn, as Codex's own sandbox does, cannot take the
// masks away: the kernel locks them there. All else is the host's: files, network
// and devices, with these differences:
//
//   - Nothing gains privileges: sudo and other set-uid programs do not work.
//   - Seen by an ordinary user, the files of all others belong to nobody.
//   - Root keeps the capabilities for files, users and low ports alone, has no
//     disks and no memory in /dev, and cannot write to /sys and /proc/sys.
//   - What the program leaves running ends with it.
//
// The wall is no border between people. What a session writes where something
// outside will run it later (shell start-up files, cron, services, this program's
// own file), and what it asks of the user's other services (systemd, D-Bus,
// Docker, ssh), happens outside. Folders that are mounted in a second place as
// well are masked in the place that was named alone.
package sandbox
