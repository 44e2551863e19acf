//go:build !linux

package main

import (
	"errors"
	"os"
)

// Elsewhere than on Linux it builds and says that it does not run.

func makeRaw(*os.File) error                       { return errors.ErrUnsupported }
func limitDescriptors(int, uint64) (uint64, error) { return 0, errors.ErrUnsupported }
func mountDisk(string, int) error                  { return errors.ErrUnsupported }
func unmountDisk(string) error                     { return errors.ErrUnsupported }
func fillDisk(string) (free func() error, _ error) { return nil, errors.ErrUnsupported }
func processesOf(string) []int                     { return nil }
