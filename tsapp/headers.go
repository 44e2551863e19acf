package tsapp

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// policy is the content security policy of every answer. It needs no
// unsafe-inline: styles that xterm.js makes carry the nonce, and script is
// files of ours alone.
var policy = strings.Join([]string{
	"default-src 'self'",
	"script-src 'self'",
	"style-src 'self' 'nonce-NONCE'",
	"img-src 'self' blob: data:",
	"font-src 'self'",
	"connect-src 'self'",
	"worker-src 'self'",
	"manifest-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types tailpty",
}, "; ")

// year is for Strict-Transport-Security, in seconds.
const year = "31536000"

// setHeaders puts the security headers on an answer, whatever it will be, and
// returns the nonce of its content security policy.
func setHeaders(h http.Header, https bool) (nonce string) {
	nonce = rand.Text()
	h.Set("Content-Security-Policy", strings.Replace(policy, "NONCE", nonce, 1))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if https {
		h.Set("Strict-Transport-Security", "max-age="+year)
	}
	return nonce
}

type nonceKey struct{}

// Nonce is the nonce of the answer's content security policy, for the page that
// has to name it.
func Nonce(r *http.Request) string {
	nonce, _ := r.Context().Value(nonceKey{}).(string)
	return nonce
}
