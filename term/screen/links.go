package screen

// linkID is an index into links; 0 is no link.
type linkID uint32

// Limits of links. A link beyond them is not kept: its text stays plain.
const (
	maxLinks    = 1 << 16
	maxLinkSize = 4096 // bytes of parameters and address of one link
)

// links holds the addresses of hyperlinks (OSC 8) that cells have.
type links struct {
	all    []string // "id=...;address", as it came
	byText map[string]linkID
	free   []linkID
}

// openLink returns the id of the link whose OSC 8 text, without the number, is
// text. It is 0 when there is no room.
func (s *Screen) openLink(text []byte) linkID {
	t := &s.links
	if id, ok := t.byText[string(text)]; ok {
		return id
	}
	if len(text) > maxLinkSize {
		return 0
	}
	if t.byText == nil {
		t.byText = make(map[string]linkID)
		t.all = append(t.all, "")
	}
	if len(t.free) == 0 && len(t.all)&(len(t.all)-1) == 0 && len(t.all) > 64 {
		s.collectStyles()
	}
	var id linkID
	switch n := len(t.free); {
	case n > 0:
		id = t.free[n-1]
		t.free = t.free[:n-1]
		t.all[id] = string(text)
	case len(t.all) >= maxLinks:
		return 0
	default:
		id = linkID(len(t.all))
		t.all = append(t.all, string(text))
	}
	t.byText[t.all[id]] = id
	return id
}

// collectLinks frees the links that no style in use has. The pen's link stays.
func (s *Screen) collectLinks() {
	t := &s.links
	if len(t.all) == 0 {
		return
	}
	live := make([]bool, len(t.all))
	live[0] = true
	live[s.pen.link] = true
	dead := make(map[styleID]bool, len(s.styles.free))
	for _, id := range s.styles.free {
		dead[id] = true
	}
	for i := range s.styles.all {
		if !dead[styleID(i)] {
			live[s.styles.all[i].link] = true
		}
	}
	t.free = t.free[:0]
	for i, ok := range live {
		if ok {
			continue
		}
		delete(t.byText, t.all[i])
		t.all[i] = ""
		t.free = append(t.free, linkID(i))
	}
}
