package screen

// parserState is where the parser is within a control sequence.
type parserState uint8

const (
	stGround parserState = iota
	stEscape
	stEscapeIntermediate
	stCSIEntry
	stCSIParam
	stCSIIntermediate
	stCSIIgnore
	stIgnoredString // SOS, PM, APC
	stOSC
	stDCSEntry
	stDCSParam
	stDCSIgnore
	stDCSIntermediate
	stDCSPass
	parserStates
)

// parserAction is what the parser does with a code before it goes to the next
// state.
type parserAction uint8

const (
	actNone parserAction = iota
	actPrint
	actExecute
	actClear
	actCollect
	actParam
	actEscDispatch
	actCSIDispatch
	actOSCStart
	actOSCPut
	actOSCEnd
	actDCSHook
	actDCSPut
	actDCSUnhook
)

// A transition is an action and the next state.
type transition struct {
	action parserAction
	next   parserState
}

// codeClasses is the number of columns of the table: codes below codeText, and
// one for all others, which are text.
const (
	codeText    = 0xa0
	codeClasses = codeText + 1
)

// transitions is the table of DEC's parser, as xterm.js has it: sub-parameters
// with colons, strings that take text, an invalid code that ends a sequence.
var transitions = buildTransitions()

func buildTransitions() (t [parserStates][codeClasses]transition) {
	for st := range parserStates {
		for code := range codeClasses {
			t[st][code] = transitionFor(st, code)
		}
	}
	return t
}

func transitionFor(st parserState, code int) transition {
	if t, ok := stringTransition(st, code); ok {
		return t
	}
	if t, ok := anywhereTransition(code); ok {
		return t
	}
	switch st {
	case stGround:
		switch {
		case isC0(code):
			return transition{actExecute, stGround}
		case code >= 0x20 && code < 0x7f, code == codeText:
			return transition{actPrint, stGround}
		}
	case stEscape, stEscapeIntermediate:
		return escapeTransition(st, code)
	case stCSIEntry, stCSIParam, stCSIIntermediate, stCSIIgnore:
		return csiTransition(st, code)
	case stDCSEntry, stDCSParam, stDCSIntermediate, stDCSIgnore:
		return dcsTransition(st, code)
	}
	return transition{actNone, stGround}
}

// isC0 reports whether code is a control character that no state takes for a
// beginning or an end.
func isC0(code int) bool { return code < 0x20 && code != 0x18 && code != 0x1a && code != 0x1b }

// anywhereTransition has the codes that mean the same in every state.
func anywhereTransition(code int) (transition, bool) {
	switch {
	case code == 0x1b:
		return transition{actClear, stEscape}, true
	case code == 0x9b:
		return transition{actClear, stCSIEntry}, true
	case code == 0x90:
		return transition{actClear, stDCSEntry}, true
	case code == 0x9d:
		return transition{actOSCStart, stOSC}, true
	case code == 0x98, code == 0x9e, code == 0x9f:
		return transition{actNone, stIgnoredString}, true
	case code == 0x9c:
		return transition{actNone, stGround}, true
	case code == 0x18, code == 0x1a, code >= 0x80 && code < 0xa0:
		return transition{actExecute, stGround}, true
	}
	return transition{}, false
}

// stringTransition has what strings do with codes, before all else.
func stringTransition(st parserState, code int) (transition, bool) {
	text := code >= 0x20 && code <= 0x7f || code == codeText
	switch st {
	case stOSC:
		switch {
		case code == 0x07, code == 0x18, code == 0x1a, code == 0x1b, code == 0x9c:
			return transition{actOSCEnd, stGround}, true
		case isC0(code):
			return transition{actNone, stOSC}, true
		case text:
			return transition{actOSCPut, stOSC}, true
		}
	case stDCSPass:
		switch {
		case code == 0x18, code == 0x1a, code == 0x1b, code == 0x9c:
			return transition{actDCSUnhook, stGround}, true
		case code == 0x7f:
			return transition{actNone, stDCSPass}, true
		case isC0(code), text:
			return transition{actDCSPut, stDCSPass}, true
		}
	case stIgnoredString:
		// Text beyond ASCII ends these strings in xterm.js.
		if isC0(code) || code >= 0x20 && code <= 0x7f {
			return transition{actNone, stIgnoredString}, true
		}
	}
	return transition{}, false
}

func escapeTransition(st parserState, code int) transition {
	switch {
	case isC0(code):
		return transition{actExecute, st}
	case code == 0x7f:
		return transition{actNone, st}
	case code >= 0x20 && code < 0x30:
		return transition{actCollect, stEscapeIntermediate}
	case code > 0x7f:
		return transition{actNone, stGround}
	case st == stEscape:
		switch code {
		case '[':
			return transition{actClear, stCSIEntry}
		case ']':
			return transition{actOSCStart, stOSC}
		case 'P':
			return transition{actClear, stDCSEntry}
		case 'X', '^', '_':
			return transition{actNone, stIgnoredString}
		}
	}
	return transition{actEscDispatch, stGround}
}

func csiTransition(st parserState, code int) transition {
	switch {
	case isC0(code):
		return transition{actExecute, st}
	case code == 0x7f:
		return transition{actNone, st}
	case code == codeText:
		if st == stCSIIgnore {
			return transition{actNone, stCSIIgnore}
		}
		return transition{actNone, stGround}
	case st == stCSIIgnore:
		if code >= 0x40 {
			return transition{actNone, stGround}
		}
		return transition{actNone, stCSIIgnore}
	case code < 0x30:
		return transition{actCollect, stCSIIntermediate}
	case code >= 0x40:
		return transition{actCSIDispatch, stGround}
	case st == stCSIIntermediate:
		return transition{actNone, stCSIIgnore}
	case code < 0x3c:
		return transition{actParam, stCSIParam}
	case st == stCSIEntry:
		return transition{actCollect, stCSIParam}
	}
	return transition{actNone, stCSIIgnore}
}

func dcsTransition(st parserState, code int) transition {
	switch {
	case isC0(code), code == 0x7f:
		return transition{actNone, st}
	case code == codeText:
		if st == stDCSIgnore {
			return transition{actNone, stDCSIgnore}
		}
		return transition{actNone, stGround}
	case st == stDCSIgnore:
		return transition{actNone, stDCSIgnore}
	case code < 0x30:
		return transition{actCollect, stDCSIntermediate}
	case code >= 0x40:
		return transition{actDCSHook, stDCSPass}
	case st == stDCSIntermediate:
		return transition{actNone, stDCSIgnore}
	case code < 0x3c:
		return transition{actParam, stDCSParam}
	case st == stDCSEntry:
		return transition{actCollect, stDCSParam}
	}
	return transition{actNone, stDCSIgnore}
}
