package screen

import "bytes"

// Text returns the visible rows as text, without attributes: a line feed after
// each row, blanks at the ends of rows left out.
func (s *Screen) Text() string { return string(s.AppendText(nil)) }

// AppendText appends what Text returns to dst.
func (s *Screen) AppendText(dst []byte) []byte {
	for y := range s.rows {
		l := s.buf.row(y)
		start := len(dst)
		for i := range l.cells[:s.cols] {
			dst = l.appendText(dst, i)
		}
		dst = dst[:start+len(bytes.TrimRight(dst[start:], " "))]
		dst = append(dst, '\n')
	}
	return dst
}
