// Package predict guesses what a terminal will show for the keys that were just
// typed, so that a person on a slow line sees them at once: the echo of a line
// editor, and nothing else.
//
// An [Engine] is told what is typed, what of it the session has applied, and when
// the true screen has changed. From these it keeps the keys in flight: those
// whose answer the screen does not show yet. What it would draw is the cursor's
// row with these keys played into it, and that only while its guesses hold.
//
// # When it shows something
//
// Guesses come in epochs. A key that is no plain typing (Enter, Tab, a control
// character, most sequences, a paste) ends one: what follows it is not even
// placed before the session has applied that key. A new epoch is tentative:
// nothing of it is shown until the screen has exactly the state that the first
// keys lead to, cursor and all that is left of it. So what is typed where there
// is no echo is never shown. An asterisk or a blank proves nothing, for where a
// password is asked for that may be the answer to any key. Whatever the program
// does that is not an echo, typed or not, ends the epoch too.
//
// A guess that is wrong is gone with the output that differs from it, and
// without any at [echoWithin] after the session has applied its key.
//
// Nothing is guessed on the alternate screen, while the program listens to the
// mouse, inserts, hides the cursor or holds back what it draws, in the last
// column, or at and over characters that are not one column wide.
//
// The package does no I/O and knows no clock; its callers bring both.
package predict
