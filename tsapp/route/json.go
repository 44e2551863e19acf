package route

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"tailpty/tsapp/problem"
)

// WriteJSON answers with v.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody else to tell.
	_, _ = w.Write(append(b, '\n'))
	return nil
}

// ReadJSON reads the request's body, one JSON object with no member that v does
// not have. The error is a problem.
func ReadJSON(r *http.Request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") != "" && (err != nil || kind != "application/json") {
		return problem.New(problem.BadRequest, "The body must be JSON: send Content-Type: application/json.")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err = d.Decode(v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("more than one value")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.From(err)
	}
	return problem.New(problem.BadRequest, "The body is not the JSON that is wanted here.").Because(err)
}
