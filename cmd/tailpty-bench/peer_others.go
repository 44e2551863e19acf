package main

// otherPeers are the ones that are not ours, in the order of the report.
func otherPeers(i install) []peer {
	return []peer{ssh{i}, tmux{i}, ttyd{i}, wetty{i}, dtach{i}}
}
