package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// What Lambda gives a function is in proportion to its memory: one core at 1,769 MB.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const megabytesOfCore = 1769

// The period in which a quota is used up and given anew. Microseconds.
const period = 100_000

const cgroups = "/sys/fs/cgroup"

// box runs a command with the share of a core and the memory of a function of so many megabytes, by a control group of
// its own, of either version. `benchtools box NAME MEGABYTES COMMAND [ARGUMENT ...]`; `benchtools box --check` says whether
// this machine can do it; `benchtools box --remove NAME` takes the (empty) group away.
func box(args []string) error {
	if len(args) == 1 && args[0] == "--check" {
		name := fmt.Sprintf("bench-check-%d", os.Getpid())
		defer removeGroups(name)
		_, err := makeGroups(name, 512)
		return err
	}
	if len(args) == 2 && args[0] == "--remove" {
		return removeGroups(args[1])
	}
	if len(args) < 3 {
		return errors.New("usage: box NAME MEGABYTES COMMAND [ARGUMENT ...]")
	}
	megabytes, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	groups, err := makeGroups(args[0], megabytes)
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := write(group, "cgroup.procs", strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	program, err := exec.LookPath(args[2])
	if err != nil {
		return err
	}
	return syscall.Exec(program, args[2:], os.Environ())
}

// isUnified tells version 2, where all controllers share one tree.
func isUnified() bool {
	_, err := os.Stat(filepath.Join(cgroups, "cgroup.controllers"))
	return err == nil
}

// groupsOf are the folders of a group: one in version 2, one for each controller in version 1.
func groupsOf(name string) []string {
	if isUnified() {
		return []string{filepath.Join(cgroups, name)}
	}
	return []string{filepath.Join(cgroups, "cpu", name), filepath.Join(cgroups, "memory", name)}
}

func makeGroups(name string, megabytes int) ([]string, error) {
	groups := groupsOf(name)
	for _, group := range groups {
		if err := os.MkdirAll(group, 0o755); err != nil {
			return nil, fmt.Errorf("no control groups here: %w", err)
		}
	}
	quota := strconv.Itoa(period * megabytes / megabytesOfCore)
	memory := strconv.Itoa(megabytes << 20)
	if isUnified() {
		// Fails where it was done before by another process; the writes below tell whether it is done.
		_ = write(cgroups, "cgroup.subtree_control", "+cpu +memory")
		return groups, errors.Join(
			write(groups[0], "cpu.max", fmt.Sprintf("%s %d", quota, period)),
			write(groups[0], "memory.max", memory),
			write(groups[0], "memory.swap.max", "0"),
		)
	}
	return groups, errors.Join(
		write(groups[0], "cpu.cfs_period_us", strconv.Itoa(period)),
		write(groups[0], "cpu.cfs_quota_us", quota),
		write(groups[1], "memory.limit_in_bytes", memory),
	)
}

func removeGroups(name string) error {
	var all error
	for _, group := range groupsOf(name) {
		if err := os.Remove(group); err != nil && !os.IsNotExist(err) {
			all = errors.Join(all, err)
		}
	}
	return all
}

func write(group, file, value string) error {
	return os.WriteFile(filepath.Join(group, file), []byte(value), 0o644)
}
