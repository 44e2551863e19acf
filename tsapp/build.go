package tsapp

import (
	"errors"

	"tailscale.com/feature/buildfeatures"
)

// ErrBuild reports a program built without the tags that take Tailscale's
// PeerAPI listener (on all addresses of the host), log upload and port mapper
// out of it.
var ErrBuild = errors.New("tsapp: this program was built without the tags that keep it off the host's network: use `just build`")

// CheckBuild returns ErrBuild where the program must not serve.
func CheckBuild() error {
	if buildfeatures.HasPeerAPIServer || buildfeatures.HasLogTail || buildfeatures.HasPortMapper {
		return ErrBuild
	}
	return nil
}
