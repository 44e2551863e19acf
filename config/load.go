package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"tailpty/config/private"
)

// EnvPrefix begins every environment variable that is a setting.
const EnvPrefix = "TAILPTY_"

// otherEnv are variables of the prefix that are no settings: where the
// configuration file is, what the tests read, which session this
// runs in, and where a client's token is.
var otherEnv = []string{"TAILPTY_CONFIG", "TAILPTY_CORPORA", "TAILPTY_SESSION", "TAILPTY_CLIENT_TOKEN_FILE"}

// testEnv begins the variables that only the tests read.
const testEnv = EnvPrefix + "TEST_"

// DefaultFile is where the configuration is looked for when nothing names it:
// $TAILPTY_CONFIG, or config.yaml below tailpty in $XDG_CONFIG_HOME or
// ~/.config. Empty if there is no such file.
func DefaultFile() string {
	if f := os.Getenv("TAILPTY_CONFIG"); f != "" {
		return f
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	f := filepath.Join(dir, "tailpty", "config.yaml")
	if _, err := os.Stat(f); err != nil {
		return ""
	}
	return f
}

// Load reads the configuration from the file, unless it is "", the environment,
// and overrides, which are set flags by key. The error, if there is one, is
// Problems with all that is wrong; the Config then holds what could be read, so
// that others can add what they find.
func Load(file string, overrides map[string]string) (Config, error) {
	var problems Problems
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	defaults := Defaults()
	for _, k := range Keys() {
		v.SetDefault(k.Name, k.value(defaults))
		if err := v.BindEnv(k.Name, k.Env()); err != nil {
			problems.add(k.Name, "cannot be bound to the environment: %v", err)
		}
	}
	if file != "" {
		v.SetConfigFile(file)
		v.SetConfigType("yaml")
		if err := v.ReadInConfig(); err != nil {
			problems.add(file, "cannot be read: %v", err)
			return defaults, problems.err()
		}
	}
	for key, value := range overrides {
		v.Set(key, value)
	}
	problems = append(problems, unknownEnv(os.Environ())...)

	c := defaults
	err := v.UnmarshalExact(&c, viper.DecodeHook(decode))
	problems = append(problems, decodeProblems(err)...)
	for name := range v.AllSettings() {
		if !slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == name }) {
			problems.add(name, "unknown setting%s", didYouMean(name))
		}
	}
	if file != "" {
		problems = append(problems, checkFile(file, v.InConfig("auth_key") || v.InConfig("oauth_secret") || v.InConfig("token") || hasEnv(c.Profiles))...)
	}
	c.complete(&problems)
	c.check(&problems)
	return c, problems.err()
}

// hasEnv reports whether a profile adds to the environment, where keys are kept.
func hasEnv(profiles []Profile) bool {
	return slices.ContainsFunc(profiles, func(p Profile) bool { return len(p.Env) > 0 })
}

// checkFile reports a configuration file that others could change, which is to
// choose what runs, or that holds secrets which others can read.
func checkFile(file string, secret bool) (problems Problems) {
	info, err := os.Stat(file)
	if err != nil {
		problems.add(file, "%v", err)
		return problems
	}
	check := private.CheckWritable
	if secret {
		check = private.Check
	}
	if err := check(file, info); err != nil {
		problems.add(file, "%v", err)
	}
	return problems
}

// decodeProblems makes one problem of each value of a wrong type.
func decodeProblems(err error) (problems Problems) {
	if err == nil {
		return nil
	}
	if all, ok := err.(interface{ WrappedErrors() []error }); ok {
		for _, e := range all.WrappedErrors() {
			problems = append(problems, decodeProblems(e)...)
		}
		return problems
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			problems = append(problems, decodeProblems(e)...)
		}
		return problems
	}
	if inner := errors.Unwrap(err); inner != nil && !strings.HasPrefix(err.Error(), "'") {
		return decodeProblems(inner)
	}
	key, text, ok := strings.Cut(strings.TrimPrefix(err.Error(), "'"), "' ")
	if !ok {
		key, text = "value", err.Error()
	}
	// Keys that no field has come as one error for each object; those of the
	// whole configuration are reported by Load, which knows them even when
	// another value is of a wrong type.
	if list, ok := strings.CutPrefix(text, "has invalid keys: "); ok {
		for name := range strings.SplitSeq(list, ", ") {
			if key != "" {
				problems.add(key+"."+name, "unknown setting%s", didYouMean(name))
			}
		}
		return problems
	}
	problems.add(key, "%s", text)
	return problems
}

// unknownEnv reports variables of our prefix that are no settings: most are
// misspelt ones.
func unknownEnv(environ []string) (problems Problems) {
	known := slices.Clone(otherEnv)
	for _, k := range Keys() {
		known = append(known, k.Env())
	}
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, EnvPrefix) && !strings.HasPrefix(name, testEnv) && !slices.Contains(known, name) {
			problems.add(name, "unknown setting in the environment%s", didYouMean(strings.ToLower(strings.TrimPrefix(name, EnvPrefix))))
		}
	}
	return problems
}

// didYouMean names the key that differs from s in at most two letters, if any.
func didYouMean(s string) string {
	for _, k := range Keys() {
		if distance(s, k.Name) <= 2 {
			return "; did you mean " + k.Name + "?"
		}
	}
	return "; `tailpty config --example` shows all there are"
}

// distance is the number of letters to add, drop or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// decode turns what a file or the environment says into what a field holds:
// lists from commas, objects from JSON, times with a unit, secrets.
func decode(from, to reflect.Type, data any) (any, error) {
	text, isText := data.(string)
	switch {
	case to == durationType && from != durationType:
		if !isText {
			return nil, fmt.Errorf("needs a unit: write %vs, not %v", data, data)
		}
		return parseDuration(text)
	case !isText:
		return data, nil
	case to == reflect.TypeFor[Secret]():
		return NewSecret(text), nil
	case to.Kind() == reflect.Struct, to.Kind() == reflect.Slice && to.Elem().Kind() == reflect.Struct:
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, fmt.Errorf("is not JSON: %w", err)
		}
		return v, nil
	case to.Kind() == reflect.Slice && text == "":
		return []string{}, nil
	case to.Kind() == reflect.Slice:
		return strings.Split(text, ","), nil
	}
	return data, nil
}
