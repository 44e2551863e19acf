package screen

import (
	"reflect"
	"strings"
	"testing"
)

func TestEvents(t *testing.T) {
	long := strings.Repeat("x", maxOSCText+1)
	for _, test := range []struct {
		stream string
		want   []Event
	}{
		{"a\ab\a", []Event{Bell{}, Bell{}}},
		{"\x1b]0;one\a\x1b]2;one\x1b\\\x1b]2;two; and more\x1b\\\x1b]1;icon\a", []Event{Title{"one"}, Title{"two; and more"}}},
		{"\x1b]2;\u6f22\u5b57\x9c", nil}, // not ended: 0x9c alone is no character
		{"\x1b]2;\u6f22\u009c", []Event{Title{"漢"}}},
		{"\x1b]2;cancelled\x18\x1b]2;too\x1a", nil},
		{"\x1b[22t\x1b]2;in\a\x1b[23t", []Event{Title{"in"}, Title{""}}},
		{"\x1b]9;Approval requested: ls\a", []Event{Notification{Body: "Approval requested: ls"}}},
		{"\x1b]9;4;1;50\a\x1b]9;9;\"/srv/demo\"\a\x1b]9;9;\a", []Event{Directory{Path: "/srv/demo"}}},
		{"\x1b]777;notify;Title;Body; more\a\x1b]777;other;x\a", []Event{Notification{"Title", "Body; more"}}},
		{"\x1b]7;file://host/a%20b\a\x1b]7;http://host/a\a\x1b]7;%zz\a\x1b]7;file://host\a", []Event{Directory{"host", "/a b"}}},
		{"\x1b]133;A\a\x1b]133;B;k=v\a\x1b]133;C\a\x1b]133;D;7;x\a\x1b]133;D\a\x1b]133;Z\a\x1b]133;AA\a", []Event{
			PromptMark{'A', -1}, PromptMark{'B', -1}, PromptMark{'C', -1}, PromptMark{'D', 7}, PromptMark{'D', -1}}},
		{"\x1b]52;c;aGk=\a\x1b]52;p;?\a\x1b]52;c\a", []Event{Clipboard{Selection: "c", Data: "aGk="}, Clipboard{Selection: "p", Query: true}}},
		{"\x1b]52;c;" + long + "\a", []Event{Clipboard{Selection: "c", Data: long}}},
		{"\x1b]7501;state=working : app=codex\a\x1b]7501;state=blocked:app=codex:kind=permission\a\x1b]7501;app=x\a", []Event{
			Status{State: "working", App: "codex"}, Status{State: "blocked", App: "codex", Kind: "permission"}}},
		{"\x1b]2;" + long + "\a\x1b]9;" + long + "\a", nil},
		{"\x1b]x;1\a\x1b];1\a\x1b]99999999999999999999;1\a", nil},
	} {
		var got []Event
		s := New(Options{Event: func(e Event) { got = append(got, e) }})
		s.Write([]byte(test.stream))
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%.60q: got %.300v, want %.300v", test.stream, got, test.want)
		}
	}
}
