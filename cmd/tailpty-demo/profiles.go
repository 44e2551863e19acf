package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"tailpty/cmd/tailpty-demo/model"
)

// work is what there is to work with: a workspace and what may be run in it.
type work struct {
	workspace namedPath
	profiles  []profile
	model     *model.Server // nil if no scripted model is needed
	note      string        // for a person to read, if something is missing
}

// prepareWork makes the workspace and finds or makes what runs in it. The model
// it starts is the caller's to close.
func prepareWork(ctx context.Context, o options, dir *runDir, logger *slog.Logger) (*work, error) {
	w := &work{workspace: namedPath{Name: "sample", Path: dir.in("sample")}}
	if o.workspace != "" {
		w.workspace = namedPath{Name: workspaceName(o.workspace), Path: o.workspace}
	} else if err := model.WriteSample(w.workspace.Path); err != nil {
		return nil, err
	}
	if len(o.command) > 0 {
		w.profiles = []profile{{Name: "command", Title: filepath.Base(o.command[0]), Command: o.command}}
		return w, nil
	}
	if err := w.addCodex(ctx, o, dir, logger); err != nil {
		return nil, err
	}
	if shell, err := exec.LookPath("bash"); err == nil {
		w.profiles = append(w.profiles, profile{Name: "shell", Title: "Shell", Command: []string{shell, "-l"}})
	}
	if len(w.profiles) == 0 {
		return nil, model.ErrNoCodex
	}
	return w, nil
}

// addCodex adds Codex with the scripted model, or the person's own. Without a
// Codex there is only a note.
func (w *work) addCodex(ctx context.Context, o options, dir *runDir, logger *slog.Logger) error {
	codex, err := findCodex()
	if errors.Is(err, model.ErrNoCodex) && !o.realCodex {
		w.note = "codex is not installed, so there is only a shell: run `npm ci` in ui, or `npm install -g @openai/codex`"
		return nil
	}
	if err != nil {
		return err
	}
	p := profile{Name: "codex", Title: "Codex", Command: []string{codex}}
	if o.realCodex {
		p.Env = ownCodexEnv()
		w.profiles = append(w.profiles, p)
		return nil
	}
	if w.model, err = model.Start(ctx, logger); err != nil {
		return err
	}
	args, env, err := model.WriteHome(dir.in("codex-home"), model.HomeOptions{
		BaseURL: w.model.URL(), Trusted: []string{w.workspace.Path},
	})
	if err != nil {
		return errors.Join(err, w.model.Close())
	}
	p.Command = append(p.Command, args...)
	p.Env = envList(env)
	w.profiles = append(w.profiles, p)
	return nil
}

// findCodex looks on the PATH, around the working directory and around this
// program.
func findCodex() (string, error) {
	var dirs []string
	if wd, err := os.Getwd(); err == nil {
		dirs = append(dirs, wd)
	}
	if self, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(self))
	}
	return model.FindCodex(dirs...)
}

// ownCodexEnv leads Codex to the person's own login.
func ownCodexEnv() []string {
	home, _ := os.UserHomeDir()
	own := cmp.Or(os.Getenv("CODEX_HOME"), filepath.Join(home, ".codex"))
	return []string{"CODEX_HOME=" + own, "HOME=" + home}
}

// close ends the model.
func (w *work) close() error {
	if w.model == nil {
		return nil
	}
	if err := w.model.Close(); err != nil {
		return fmt.Errorf("closing the model: %w", err)
	}
	return nil
}
