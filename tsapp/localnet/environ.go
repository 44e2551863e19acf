package localnet

import (
	"sync"

	"tailscale.com/envknob"
	"tailscale.com/net/netns"
)

// localKnobs are Tailscale's environment settings, all "1", that keep a client
// on loopback.
var localKnobs = []string{
	"TS_NO_LOGS_NO_SUPPORT",         // uploads no logs
	"TS_DISABLE_PORTMAPPER",         // asks no router for a port
	"TS_DISABLE_UPNP",               // nor this way
	"TS_DEBUG_OMIT_LOCAL_ADDRS",     // offers peers no address of this machine
	"TS_ASSUME_NETWORK_UP_FOR_TEST", // joins although only lo is up
	"TS_PANIC_IF_HIT_MAIN_CONTROL",  // never falls back to the public service
}

// logsDir names the folder for a client's logs. Without it a client makes one in
// the person's home or in /var/lib.
const logsDir = "TS_LOGS_DIR"

// stayLocal applies localKnobs to this process, and logs to dir.
func stayLocal(dir string) {
	applyKnobs()
	setKnob(logsDir, dir)
}

var applyKnobs = sync.OnceFunc(func() {
	for _, k := range localKnobs {
		setKnob(k, "1")
	}
	// Sockets bound to the machine's default interface cannot reach loopback.
	netns.SetEnabled(false)
})

// setKnob sets a variable in the environment and in the client's cache of it.
func setKnob(name, value string) { envknob.Setenv(name, value) }
